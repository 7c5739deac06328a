/// The central directory of a zip archive that fills its file exactly: nothing before, between or after.
///
/// One parse decides what the archive holds; the members' own headers must agree with it (`ZipArchive`).
struct ZipDirectory {
  /// A member as the directory describes it.
  struct Member {
    var name: String
    var flags: UInt16
    var method: UInt16
    var checksum: UInt32
    var compressedSize: UInt64
    var size: UInt64
    var offset: UInt64
  }

  /// The members in the directory's order.
  private(set) var members: [Member] = []
  /// Where the directory begins, which is where the last member ends.
  private(set) var start = 0

  init(of file: WeightBytes, limits: CheckpointLimits) throws(WeightsError) {
    let end = try End(of: file)
    guard end.members <= limits.members else {
      throw .overLimit(.members, value: Int(clamping: end.members), limit: limits.members)
    }
    start = end.start
    guard end.position - start <= limits.directoryBytes else {
      throw .overLimit(.directoryBytes, value: end.position - start, limit: limits.directoryBytes)
    }
    members = try file.withBytes(start..<end.position) { (bytes) throws(WeightsError) in
      try Self.members(in: bytes, count: end.members)
    }
  }

  private static func members(
    in bytes: UnsafeRawBufferPointer, count: UInt64
  ) throws(WeightsError) -> [Member] {
    var cursor = ByteCursor(bytes)
    var members: [Member] = []
    for _ in 0..<count {
      guard let member = Member(&cursor) else {
        throw .damagedArchive(reason: "its directory is damaged")
      }
      members.append(member)
    }
    guard cursor.remaining == 0 else { throw .damagedArchive(reason: "its directory has a wrong length") }
    return members
  }

  /// The record at the end of the file, and its 64-bit extension where there is one.
  private struct End {
    var members: UInt64
    var start: Int
    /// Where the directory must end.
    var position: Int

    /// The bytes of the record, of its locator, and of the 64-bit record.
    private static let lengths = (record: 22, locator: 20, extended: 56)

    init(of file: WeightBytes) throws(WeightsError) {
      let (record, locator, extended) = Self.lengths
      let first = max(0, file.count - record - locator - extended)
      self = try file.withBytes(first..<file.count) { (tail) throws(WeightsError) in
        try End(tail, from: first)
      }
    }

    /// Reads the last bytes of a file, which begin at its byte `first`.
    private init(_ tail: UnsafeRawBufferPointer, from first: Int) throws(WeightsError) {
      let place = tail.count - Self.lengths.record
      guard place >= 0 else { throw .archiveCut }
      var cursor = ByteCursor(tail, at: place)
      guard cursor.integer(UInt32.self) == 0x0605_4B50, let disks = cursor.integer(UInt32.self),
        let membersHere = cursor.integer(UInt16.self), let members = cursor.integer(UInt16.self),
        let size = cursor.integer(UInt32.self), let start = cursor.integer(UInt32.self),
        cursor.integer(UInt16.self) == 0
      else { throw .archiveCut }
      var directory = (members: UInt64(members), size: UInt64(size), start: UInt64(start))
      position = first + place
      if let (extended, extendedPlace) = Self.extended(tail, before: place, from: first) {
        (directory, position) = (extended, first + extendedPlace)
      }
      guard disks == 0, membersHere == members, UInt64(members) == min(directory.members, 0xFFFF),
        UInt64(size) == min(directory.size, 0xFFFF_FFFF), UInt64(start) == min(directory.start, 0xFFFF_FFFF)
      else { throw .damagedArchive(reason: "its end records contradict each other") }
      let (end, overflow) = directory.start.addingReportingOverflow(directory.size)
      guard !overflow, end == UInt64(position) else {
        throw .damagedArchive(reason: "its directory is not where its end says")
      }
      (self.members, self.start) = (directory.members, Int(directory.start))
    }

    /// The 64-bit record, if its locator stands before `place` and points to just before itself.
    private static func extended(
      _ tail: UnsafeRawBufferPointer, before place: Int, from first: Int
    ) -> ((members: UInt64, size: UInt64, start: UInt64), Int)? {
      let record = place - lengths.locator - lengths.extended
      guard record >= 0 else { return nil }
      var locator = ByteCursor(tail, at: place - lengths.locator)
      guard locator.integer(UInt32.self) == 0x0706_4B50, locator.integer(UInt32.self) == 0,
        locator.integer(UInt64.self) == UInt64(first + record), locator.integer(UInt32.self) == 1
      else { return nil }
      var cursor = ByteCursor(tail, at: record)
      guard cursor.integer(UInt32.self) == 0x0606_4B50, cursor.integer(UInt64.self) == 44,
        cursor.take(4) != nil, cursor.integer(UInt64.self) == 0, let here = cursor.integer(UInt64.self),
        let members = cursor.integer(UInt64.self), let size = cursor.integer(UInt64.self),
        let start = cursor.integer(UInt64.self), here == members
      else { return nil }
      return ((members, size, start), record)
    }
  }
}

extension ZipDirectory.Member {
  /// Consumes a directory entry; `nil` where it is cut, foreign or self-contradictory.
  fileprivate init?(_ cursor: inout ByteCursor) {
    guard cursor.integer(UInt32.self) == 0x0201_4B50, cursor.take(4) != nil,
      let flags = cursor.integer(UInt16.self), let method = cursor.integer(UInt16.self),
      cursor.take(4) != nil, let checksum = cursor.integer(UInt32.self),
      let compressedSize = cursor.integer(UInt32.self), let size = cursor.integer(UInt32.self),
      let nameLength = cursor.integer(UInt16.self), let extraLength = cursor.integer(UInt16.self),
      cursor.integer(UInt32.self) == 0, cursor.take(6) != nil, let offset = cursor.integer(UInt32.self),
      let name = cursor.text(Int(nameLength)), let extra = cursor.take(Int(extraLength))
    else { return nil }
    (self.name, self.flags, self.method, self.checksum) = (name, flags, method, checksum)
    (self.size, self.compressedSize) = (UInt64(size), UInt64(compressedSize))
    self.offset = UInt64(offset)
    guard size == .max || compressedSize == .max || offset == .max else { return }
    guard var wide = ZipExtra.wideSizes(extra) else { return nil }
    func widen(_ value: inout UInt64) -> Bool {
      guard value == 0xFFFF_FFFF else { return true }
      guard let next = wide.integer(UInt64.self) else { return false }
      value = next
      return true
    }
    guard widen(&self.size), widen(&self.compressedSize), widen(&self.offset) else { return nil }
  }
}

/// The extra fields of a zip header: a list of (identifier, length, bytes).
enum ZipExtra {
  /// The bytes of the field that carries 64-bit sizes.
  static func wideSizes(_ extra: UnsafeRawBufferPointer) -> ByteCursor? {
    var cursor = ByteCursor(extra)
    while let identifier = cursor.integer(UInt16.self), let length = cursor.integer(UInt16.self) {
      guard let field = cursor.take(Int(length)) else { return nil }
      if identifier == 1 { return ByteCursor(field) }
    }
    return nil
  }
}
