import CFoveaKernels

/// Memory on a cache line, freed with its owner, who decides which thread uses it.
package final class KernelMemory: @unchecked Sendable {
  let base: UnsafeMutableRawPointer

  /// Uninitialised memory of at least a cache line.
  package init(byteCount: Int) {
    base = .allocate(byteCount: max(byteCount, 64), alignment: 64)
  }

  deinit { base.deallocate() }

  /// The memory as float32.
  package var floats: UnsafeMutablePointer<Float> { base.assumingMemoryBound(to: Float.self) }
}

/// The right side of a product, (depth, N), in the order in which the kernels read it.
package struct PackedColumns: Sendable {
  let memory: KernelMemory
  /// N.
  package let count: Int
  /// Positions of the sum.
  package let depth: Int

  /// Packs columns that lie as rows of `depth` elements one after another. O(N·depth).
  package init(_ columns: UnsafePointer<Float>, count: Int, depth: Int, kernels: AnalysisKernels = .current) {
    (self.count, self.depth) = (count, depth)
    let panels = (count + Int(FOVEA_PANEL) - 1) / Int(FOVEA_PANEL)
    memory = KernelMemory(byteCount: panels * Int(FOVEA_PANEL) * depth * MemoryLayout<Float>.stride)
    var request = fovea_pack(
      depth: depth, columns: count, input: columns, input_is_map: false, depth_stride: 1,
      column_stride: depth,
      output: memory.base)
    kernels.table.pointee.pack(&request)
  }
}
