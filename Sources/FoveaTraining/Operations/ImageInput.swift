import FoveaGraph

/// The images of a step, or maps made of them, copied in by the network; they need no gradient.
final class ImageInput: DifferentiableOperation {
  private let output: Output

  init(_ output: Output) { self.output = output }

  var memory: BackwardMemory { BackwardMemory(sources: []) }

  /// Copies images, (B, H, W, C) without gaps.
  func load(_ images: UnsafeBufferPointer<Float>, _ pass: Pass) {
    let shape = output.map.shape
    precondition(
      images.count == shape.elements, "images of \(shape) are \(shape.elements) floats, not \(images.count)")
    guard let base = images.baseAddress else { return }
    let groups = shape.batch
    pass.workers.run(groups: groups) { image, _ in
      let start = image * shape.tokens
      if output.map.pixelStride == shape.channels {
        pass.kernels.pointee.convert_from_float(
          base + start * shape.channels, output.map.pixel(start), shape.tokens * shape.channels)
      } else {
        for pixel in start..<start + shape.tokens {
          pass.kernels.pointee.convert_from_float(
            base + pixel * shape.channels, output.map.pixel(pixel), shape.channels)
        }
      }
    }
  }

  func forward(_ pass: Pass) { output.complete(pass) }
  func backward(_ pass: Pass) {}
}

extension Input: TrainableOperation {
  func differentiable(_ unit: Unit, _ site: UnitSite) -> any DifferentiableOperation {
    ImageInput(site.output)
  }
}
