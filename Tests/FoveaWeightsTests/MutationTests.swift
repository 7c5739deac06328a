import Foundation
import FoveaTestSupport
import FoveaWeights
import Testing

/// Files changed at random from fixed seeds: each must be read or refused, and neither may take long.
///
/// The environment's `FOVEA_MUTATIONS` sets how many of each kind; a long run is made under the address sanitizer.
@Suite struct MutationTests {
  static let count = ProcessInfo.processInfo.environment["FOVEA_MUTATIONS"].flatMap(Int.init) ?? 3000

  /// Changes each of `files` in turn and says how many of the results were still read.
  private func run(
    _ files: [[UInt8]], change: (inout Mutation, [UInt8]) -> [UInt8]
  ) -> (read: Int, slowest: Duration) {
    var (read, slowest) = (0, Duration.zero)
    for seed in 0..<Self.count {
      var mutation = Mutation(seed: UInt64(seed))
      let bytes = change(&mutation, files[seed % files.count])
      let time = ContinuousClock().measure {
        let error = failure { () throws(WeightsError) in try Checkpoint.open(WeightBytes(copying: bytes)) }
        if error == nil { read += 1 }
      }
      slowest = max(slowest, time)
    }
    return (read, slowest)
  }

  @Test func changedSafetensorsAreReadOrRefused() throws {
    let names = [
      "checkpoints/every_type", "checkpoints/non_finite",
      "corpora/safetensors_bad/derived/q_all_dtypes",
      "corpora/safetensors_bad/derived/q_escaped_nul_in_name",
      "corpora/safetensors_bad/derived/q_metadata_null",
      "corpora/safetensors_bad/derived/bad_partial_overlap",
      "corpora/safetensors_bad/upstream_tests/ok_metadata",
      "corpora/safetensors_bad/upstream_tests/ok_aligned_two_tensors",
    ]
    let files = try names.map { try fixtureBytes("\($0).safetensors") }
    let (read, slowest) = run(files) { mutation, bytes in
      // Half of the changes keep the header's length true, so that they reach behind it.
      let changed = mutation.applied(to: Array(bytes.dropFirst(8)))
      guard mutation.next() % 2 == 0 else { return mutation.applied(to: bytes) }
      let length = bytes.prefix(8).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
      let moved = UInt64(max(0, Int(truncatingIfNeeded: length) + changed.count + 8 - bytes.count))
      return withUnsafeBytes(of: moved, Array.init) + changed
    }
    #expect(read > 0 && read < Self.count)
    #expect(slowest < .seconds(3))
  }

  @Test func changedPlainCheckpointsAreReadOrRefused() throws {
    let names = [
      "checkpoints/legacy.pth", "checkpoints/legacy_views.pth",
      "corpora/pickle_bad/derived/q_legacy_tar_less_state_dict.pt",
    ]
    let (read, slowest) = run(try names.map(fixtureBytes)) { mutation, bytes in mutation.applied(to: bytes) }
    #expect(read > 0 && read < Self.count)
    #expect(slowest < .seconds(3))
  }

  @Test func changedArchivesAreReadOrRefused() throws {
    let names = ["ok_zipfile", "views", "training", "every_type", "protocol4"]
    let files = try names.map { try fixtureBytes("checkpoints/\($0).pt") }
    let (read, slowest) = run(files) { mutation, bytes in
      mutation.next() % 2 == 0 ? mutation.applied(to: bytes) : repacked(bytes, changing: &mutation)
    }
    #expect(read > 0 && read < Self.count)
    #expect(slowest < .seconds(3))
  }

  /// The archive with its pickle changed and every size and checksum true again.
  private func repacked(_ bytes: [UInt8], changing mutation: inout Mutation) -> [UInt8] {
    var archive = StoredArchive(reading: bytes)
    archive.replace("data.pkl") { mutation.applied(to: $0) }
    return archive.bytes()
  }
}
