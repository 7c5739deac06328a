import FoveaGraph
import Testing

@Suite struct ReferenceResizeTests {
  static let methods: [Resampling] = [.bilinear, .bicubic, .bicubicAntialiased, .nearest]
  static let sizes = ["up": (7, 11), "down": (3, 4), "mixed": (9, 2)]

  static let cases: [OperationCase] =
    methods.flatMap { method in
      sizes.map { name, size in
        OperationCase(name: "resize \(method.rawValue) \(name)") {
          $0.resize($1[0], height: size.0, width: size.1, method)
        }
      }
    } + [
      OperationCase(name: "resize nearest at a rounded edge") {
        $0.resize($1[0], height: 1, width: 82, .nearest)
      },
      table("position table, bicubic", .bicubic),
      table("position table, antialiased", .bicubicAntialiased),
      table("position table at its own size", .bicubic),
    ]

  static func table(_ name: String, _ method: Resampling) -> OperationCase {
    OperationCase(name: name) {
      $0.positionTable("table", rows: 3, columns: 5, skippedTokens: 1, like: $1[0], method)
    }
  }

  @Test("Maps and tables are resampled as PyTorch does", arguments: cases)
  func resize(operation: OperationCase) throws { try operation.check() }
}
