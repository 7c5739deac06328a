/// The memory in which a plan runs; one run at a time.
final class Workspace: @unchecked Sendable {
  let arena: AlignedBuffer
  let scratch: AlignedBuffer
  let regions: UnsafeMutablePointer<UnsafeMutableRawPointer>
  var byteCount: Int { arena.byteCount + scratch.byteCount }

  init(_ plan: Plan, threads: Int) throws(EngineError) {
    arena = try AlignedBuffer(byteCount: plan.arenaBytes)
    scratch = try AlignedBuffer(byteCount: plan.scratchStride * threads)
    regions = .allocate(capacity: max(plan.regions.count, 1))
    for id in plan.regions.ids {
      let location = plan.constants[id]?.base ?? arena.base + plan.regions[id].offset
      (regions + id.index).initialize(to: location)
    }
  }

  /// Fills the arena with bytes that are no number.
  func poison() {
    arena.base.initializeMemory(as: UInt8.self, repeating: 0xff, count: arena.byteCount)
  }

  deinit { regions.deallocate() }
}

extension Plan {
  /// Calls `body` while the plan's inputs are the caller's maps: read where they lie, or copied to their
  /// places.
  ///
  /// Kernels only read an input's region.
  func withInputs<Result>(
    _ maps: [FeatureMap], _ workspace: Workspace, _ execution: Execution, body: () throws -> Result
  ) rethrows -> Result {
    guard ends.borrowsInputs else {
      for (map, placement) in zip(maps, ends.inputs) { execution.store(map, at: placement) }
      return try body()
    }
    return try withInputs(maps[...], ends.inputs[...], workspace, body: body)
  }

  private func withInputs<Result>(
    _ maps: ArraySlice<FeatureMap>, _ places: ArraySlice<Placement>, _ workspace: Workspace,
    body: () throws -> Result
  ) rethrows -> Result {
    guard let map = maps.first, let place = places.first else { return try body() }
    return try map.values.withUnsafeBytes { bytes in
      if let start = bytes.baseAddress {
        workspace.regions[place.region.index] = UnsafeMutableRawPointer(mutating: start)
      }
      return try withInputs(maps.dropFirst(), places.dropFirst(), workspace, body: body)
    }
  }
}
