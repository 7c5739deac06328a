import FoveaEngine

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The memory of this machine.
public enum MachineMemory {
  /// Bytes that this process could have.
  public static var total: Int { limit.value }

  /// Bytes that this process could have, and what says so: the machine's, or less where a control group or the limit
  /// of address space (`ulimit -v`) gives less. Found when the process first asks.
  public static let limit: MachineLimit = {
    let machine = MachineLimit(
      value: max(1, sysconf(Int32(_SC_PHYS_PAGES))) * pageSize, source: "machine")
    let space = addressSpace.map { MachineLimit(value: $0, source: "address space") }
    return [ControlGroups.current.memory, space].compactMap { $0 }
      .reduce(machine) { $1.value < $0.value ? $1 : $0 }
  }()

  private static var pageSize: Int { max(1, sysconf(Int32(_SC_PAGESIZE))) }

  /// The process's limit of address space; nil where there is none.
  private static var addressSpace: Int? {
    var space = rlimit()
    guard getrlimit(addressSpaceKind, &space) == 0, space.rlim_cur < rlim_t(Int.max) else { return nil }
    return Int(space.rlim_cur)
  }

  /// Bytes of address space that the process may still take; nil where nothing limits it, or it is not known.
  static var addressSpaceLeft: Int? {
    #if os(Linux)
      guard let limit = addressSpace, let text = try? FileSystem.text(of: "/proc/self/statm"),
        let pages = text.split(separator: " ").first.flatMap({ Int($0) })
      else { return nil }
      return max(0, limit - pages * pageSize)
    #else
      return nil
    #endif
  }

  /// What is not planned: a picture's rows, tables of codecs, threads.
  private static let unplanned = 8 << 20

  /// Bytes of address space that planned work may still take; nil where nothing limits it.
  static var planned: Int? { addressSpaceLeft.map { max(0, $0 - unplanned) } }

  /// Refuses work whose memory the limit of address space does not leave; O(1).
  static func checkAddressSpace(for bytes: Int, path: String, what: String) throws(FoveaError) {
    guard let planned, bytes > planned else { return }
    throw FoveaError(
      path: path,
      reason: "needs \(megabytes(bytes)) more of memory \(what), and the limit of address space leaves "
        + megabytes(planned),
      hint: "ulimit -v tells the limit", status: .overLimit)
  }

  /// The most memory that this process has held at once, in bytes.
  ///
  /// On Linux it is the program's own peak: what getrusage says begins with that of the process that started it.
  public static var peak: Int {
    #if os(Linux)
      if let own = highWaterMark { return own }
    #endif
    var usage = rusage()
    getrusage(ownUsage, &usage)
    #if os(Linux)
      return Int(usage.ru_maxrss) * 1024
    #else
      return Int(usage.ru_maxrss)
    #endif
  }

  #if os(Linux)
    /// `VmHWM:  12345 kB` of /proc.
    private static var highWaterMark: Int? {
      guard let text = try? FileSystem.text(of: "/proc/self/status"),
        let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") })
      else { return nil }
      let kilobytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
      return kilobytes.map { $0 * 1024 }
    }
  #endif

  #if canImport(Glibc)
    private static var ownUsage: __rusage_who_t { __rusage_who_t(RUSAGE_SELF.rawValue) }
    private static var addressSpaceKind: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_AS.rawValue) }
  #else
    private static var ownUsage: Int32 { RUSAGE_SELF }
    private static var addressSpaceKind: Int32 { RLIMIT_AS }
  #endif
}
