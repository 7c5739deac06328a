import CFoveaKernels

/// The kernels by which matrices of weights are analysed, outside of any run: float32 and float64, whatever the
/// precision of an engine. Several threads may use them at once.
package struct AnalysisKernels: @unchecked Sendable {
  let table: UnsafePointer<fovea_kernels>

  /// Those of the instruction set that `FOVEA_FORCE_ISA` names, or else of the best.
  package static let current = AnalysisKernels(table: KernelTable.float32.pointer)

  /// rows · columns: (count, depth) by (depth, N) → (count, N), a row every `stride` elements. O(count·depth·N).
  package func multiply(
    _ rows: UnsafePointer<Float>, count: Int, by columns: PackedColumns,
    into output: UnsafeMutablePointer<Float>, stride: Int
  ) {
    var tap = fovea_tap(input: rows, first: 0, depth: columns.depth)
    withUnsafePointer(to: &tap) { tap in
      var operation = fovea_product()
      (operation.rows, operation.columns, operation.input_stride) = (count, columns.count, columns.depth)
      (operation.taps, operation.tap_count) = (tap, 1)
      (operation.weights, operation.weights_depth) = (UnsafeRawPointer(columns.memory.base), columns.depth)
      (operation.output, operation.output_stride) = (UnsafeMutableRawPointer(output), stride)
      table.pointee.product(&operation)
    }
  }

  /// The softmax of every row, in its place; `addends` are added to it first.
  package func softmax(
    _ rows: UnsafeMutablePointer<Float>, count: Int, columns: Int, addends: UnsafePointer<Float>?, stride: Int
  ) {
    var operation = fovea_softmax()
    (operation.rows, operation.columns, operation.scale) = (count, columns, 1)
    (operation.input, operation.input_stride) = (UnsafeRawPointer(rows), stride)
    (operation.bias, operation.bias_stride) = (addends, stride)
    (operation.output, operation.output_stride) = (UnsafeMutableRawPointer(rows), stride)
    table.pointee.softmax(&operation)
  }

  /// sums += rows, both (count, columns).
  package func add(
    _ rows: UnsafePointer<Float>, to sums: UnsafeMutablePointer<Float>, count: Int, columns: Int, stride: Int
  ) {
    var operation = fovea_combine()
    (operation.rows, operation.channels, operation.combination) = (count, columns, FOVEA_ADD)
    (operation.left, operation.left_stride) = (UnsafeRawPointer(sums), stride)
    (operation.right, operation.right_stride) = (UnsafeRawPointer(rows), stride)
    (operation.output, operation.output_stride) = (UnsafeMutableRawPointer(sums), stride)
    table.pointee.combine(&operation)
  }

  /// output += factor · left · right in float64: (rows, depth) by (depth, columns); an element of the left lies at
  /// row · `row` + position · `depth` of `leftSteps`.
  package func multiply(
    rows: Int, columns: Int, depth: Int, factor: Double = 1,
    left: UnsafePointer<Double>, leftSteps: (row: Int, depth: Int),
    right: UnsafePointer<Double>, rightStride: Int,
    into output: UnsafeMutablePointer<Double>, stride: Int
  ) {
    var operation = fovea_matrix_product(
      rows: rows, columns: columns, depth: depth, factor: factor, left: left, left_row: leftSteps.row,
      left_depth: leftSteps.depth, right: right, right_stride: rightStride, output: output,
      output_stride: stride)
    table.pointee.matrix_product(&operation)
  }

  /// output += Σ weight · input over the taps, `count` float64 each.
  package func addWeightedSum(
    of inputs: [UnsafePointer<Double>?], weights: [Double], count: Int,
    to output: UnsafeMutablePointer<Double>
  ) {
    inputs.withUnsafeBufferPointer { inputs in
      weights.withUnsafeBufferPointer { weights in
        var operation = fovea_weighted_sum(
          count: count, tap_count: weights.count, inputs: inputs.baseAddress, weights: weights.baseAddress,
          output: output)
        table.pointee.weighted_sum(&operation)
      }
    }
  }
}
