#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The memory of this machine.
public enum MachineMemory {
  /// Bytes that this process could have: the machine's, or its container's where that is less.
  public static let total: Int = min(physical, container ?? .max)

  private static var physical: Int {
    max(1, sysconf(Int32(_SC_PHYS_PAGES))) * max(1, sysconf(Int32(_SC_PAGESIZE)))
  }

  private static var container: Int? {
    #if os(Linux)
      let text = try? FileSystem.text(of: "/sys/fs/cgroup/memory.max")
      return text.flatMap { Int($0.filter { !$0.isWhitespace }) }
    #else
      return nil
    #endif
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
  #else
    private static var ownUsage: Int32 { RUSAGE_SELF }
  #endif
}
