/// A zip archive as PyTorch writes it: members stored, not compressed, under one root folder, gapless.
///
/// Nothing is ever extracted: a member is a range of the file, whose checksum holds.
struct ZipArchive {
  /// Where each member's bytes are, by its path below the root.
  private(set) var members: [String: Range<Int>] = [:]

  /// Reads the directory once, and checks every member's own header, place, name and checksum against it.
  ///
  /// - Complexity: O(bytes of `file`), by the checksums.
  init(of file: WeightBytes, limits: CheckpointLimits) throws(WeightsError) {
    let directory = try ZipDirectory(of: file, limits: limits)
    let ordered = directory.members.sorted { $0.offset < $1.offset }
    try Self.checkNames(ordered)
    if let bomb = ordered.first(where: { $0.method != 0 && $0.size > UInt64(limits.pickleBytes) }) {
      throw .overLimit(.inflatedBytes, value: Int(clamping: bomb.size), limit: limits.pickleBytes)
    }
    var position = 0
    for (index, member) in ordered.enumerated() {
      let next = index + 1 < ordered.count ? ordered[index + 1].offset : UInt64(directory.start)
      try Self.checkStored(member)
      guard member.offset == UInt64(position), next <= UInt64(directory.start) else {
        throw .damagedArchive(reason: "bytes before \(member.name) belong to no member, or to two")
      }
      let range = try Self.locate(member, in: file, from: position, to: Int(next))
      guard try CRC32.checksum(of: range, in: file) == member.checksum else {
        throw .checksumMismatch(member: member.name)
      }
      members[Self.pathBelowRoot(member.name)] = range
      position = Int(next)
    }
    guard position == directory.start else {
      throw .damagedArchive(reason: "bytes before its directory belong to no member")
    }
  }

  private static func checkStored(_ member: ZipDirectory.Member) throws(WeightsError) {
    let name = member.name
    guard member.flags & 1 == 0 else { throw .damagedArchive(reason: "\(name) is encrypted") }
    // Bit 3: sizes follow the data. Bit 11: the name is UTF-8.
    guard member.flags & ~0x0808 == 0 else { throw .damagedArchive(reason: "\(name) has unknown flags") }
    guard member.method == 0 else {
      throw .damagedArchive(reason: "\(name) is compressed by method \(member.method)")
    }
    guard member.size == member.compressedSize else {
      throw .damagedArchive(reason: "\(name) is stored with two sizes")
    }
  }

  /// The range of a member's data, its header at `start` and all that is its own ending at `end`.
  private static func locate(
    _ member: ZipDirectory.Member, in file: WeightBytes, from start: Int, to end: Int
  ) throws(WeightsError) -> Range<Int> {
    let longest = try headerLength(in: file, from: start, to: end)
    let header = try file.withBytes(start..<min(end, start + longest)) { (bytes) throws(WeightsError) in
      try headerLength(of: member, bytes)
    }
    let data = start + header
    guard member.size <= UInt64(end - data) else {
      throw .damagedArchive(reason: "\(member.name) runs into what follows it")
    }
    let range = data..<data + Int(member.size)
    guard end - range.upperBound <= 24,
      try file.withBytes(range.upperBound..<end, { isTrailer($0, of: member) })
    else { throw .damagedArchive(reason: "what follows \(member.name) contradicts the directory") }
    return range
  }

  /// The bytes of a member's own header as its first thirty say, name and extra fields included.
  private static func headerLength(
    in file: WeightBytes, from start: Int, to end: Int
  ) throws(WeightsError) -> Int {
    try file.withBytes(start..<min(end, start + 30)) { bytes in
      var cursor = ByteCursor(bytes)
      guard cursor.take(26) != nil, let name = cursor.integer(UInt16.self),
        let extra = cursor.integer(UInt16.self)
      else { return bytes.count }
      return 30 + Int(name) + Int(extra)
    }
  }

  /// The bytes of a member's own header, which must say what the directory says.
  private static func headerLength(
    of member: ZipDirectory.Member, _ bytes: UnsafeRawBufferPointer
  ) throws(WeightsError) -> Int {
    var cursor = ByteCursor(bytes)
    guard cursor.integer(UInt32.self) == 0x0403_4B50, cursor.take(2) != nil,
      cursor.integer(UInt16.self) == member.flags, cursor.integer(UInt16.self) == member.method,
      cursor.take(4) != nil, let checksum = cursor.integer(UInt32.self),
      let compressedSize = cursor.integer(UInt32.self), let size = cursor.integer(UInt32.self),
      let nameLength = cursor.integer(UInt16.self), let extraLength = cursor.integer(UInt16.self),
      cursor.text(Int(nameLength)) == member.name, let extra = cursor.take(Int(extraLength)),
      agrees(member, checksum, compressedSize, size, extra)
    else { throw .damagedArchive(reason: "the header of \(member.name) contradicts the directory") }
    return cursor.offset
  }

  /// Whether the checksum and the sizes in a member's own header are the directory's, or left for later.
  private static func agrees(
    _ member: ZipDirectory.Member, _ checksum: UInt32, _ compressedSize: UInt32, _ size: UInt32,
    _ extra: UnsafeRawBufferPointer
  ) -> Bool {
    let isLater = member.flags & 8 != 0
    if isLater && checksum == 0 && compressedSize == size && (size == 0 || size == .max) { return true }
    guard checksum == member.checksum else { return false }
    guard size == .max || compressedSize == .max else {
      return UInt64(size) == member.size && UInt64(compressedSize) == member.size
    }
    var wide = ZipExtra.wideSizes(extra)
    return wide?.integer(UInt64.self) == member.size && wide?.integer(UInt64.self) == member.size
  }

  /// Whether what follows a member's data is exactly the trailer that its flags announce.
  private static func isTrailer(_ bytes: UnsafeRawBufferPointer, of member: ZipDirectory.Member) -> Bool {
    var cursor = ByteCursor(bytes)
    guard member.flags & 8 != 0 else { return cursor.remaining == 0 }
    let length = cursor.remaining
    if length == 16 || length == 24 {
      guard cursor.integer(UInt32.self) == 0x0807_4B50 else { return false }
    } else if length != 12 && length != 20 {
      return false
    }
    guard cursor.integer(UInt32.self) == member.checksum else { return false }
    for _ in 0..<2 {
      let size = length >= 20 ? cursor.integer(UInt64.self) : cursor.integer(UInt32.self).map(UInt64.init)
      guard size == member.size else { return false }
    }
    return true
  }

  /// Refuses names that climb, that lie outside the one root, or of which two differ in case only.
  private static func checkNames(_ members: [ZipDirectory.Member]) throws(WeightsError) {
    var seen: Set<String> = []
    let root = members.first?.name.prefix { $0 != "/" } ?? ""
    for member in members {
      let name = member.name
      let components = name.split(separator: "/", omittingEmptySubsequences: false)
      let isPlain = name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F && $0 != "\\" }
      guard components.count >= 2, isPlain,
        components.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." })
      else { throw .damagedArchive(reason: "\(name) is no path in one root folder") }
      guard components[0] == root else {
        throw .damagedArchive(reason: "\(name) lies outside the root folder \(root)")
      }
      guard seen.insert(name.lowercased()).inserted else {
        throw .damagedArchive(reason: "\(name) appears twice")
      }
    }
    guard !members.isEmpty else { throw .damagedArchive(reason: "it is empty") }
  }

  private static func pathBelowRoot(_ name: String) -> String {
    String(name.drop { $0 != "/" }.dropFirst())
  }
}
