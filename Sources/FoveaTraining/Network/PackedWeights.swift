import CFoveaKernels
import FoveaEngine

/// A matrix of weights in the order in which the kernels read it, packed anew in every step.
struct PackedWeights {
  let depth: Int
  let columns: Int
  private let storage: Storage
  private let panelBytes: Int
  private let groups: Int

  /// Memory for `groups` matrices of depth × columns.
  init(
    depth: Int, columns: Int, groups: Int = 1, kernels: UnsafePointer<fovea_kernels>,
    _ memory: (_ byteCount: Int) -> Storage
  ) {
    self.depth = depth
    self.columns = columns
    self.groups = groups
    let elementSize = kernels.pointee.precision == FOVEA_FLOAT32 ? 4 : 2
    panelBytes =
      depth.rounded(toMultipleOf: kernels.pointee.depth_granularity) * Int(FOVEA_PANEL) * elementSize
    storage = memory(groups * Self.panels(columns) * panelBytes)
  }

  private static func panels(_ columns: Int) -> Int { (columns + Int(FOVEA_PANEL) - 1) / Int(FOVEA_PANEL) }

  /// The panels of a group.
  func panels(of group: Int) -> UnsafeMutableRawPointer {
    storage.base + group * Self.panels(columns) * panelBytes
  }

  /// Packs element (k, n) of group g = values[g · groupStride + k · depthStride + n · columnStride].
  func pack(
    _ values: UnsafePointer<Float>, depthStride: Int, columnStride: Int, groupStride: Int = 0, _ pass: Pass
  ) {
    let panels = Self.panels(columns)
    let parts = min(groups * panels, Workers.groups)
    pass.workers.run(groups: parts) { part, _ in
      for index in groups * panels * part / parts..<groups * panels * (part + 1) / parts {
        let (group, panel) = index.quotientAndRemainder(dividingBy: panels)
        let column = panel * Int(FOVEA_PANEL)
        var request = fovea_pack(
          depth: depth, columns: min(Int(FOVEA_PANEL), columns - column),
          input: values + group * groupStride + column * columnStride, input_is_map: false,
          depth_stride: depthStride, column_stride: columnStride,
          output: storage.base + index * panelBytes)
        pass.kernels.pointee.pack(&request)
      }
    }
  }
}
