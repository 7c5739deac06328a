import FoveaGraph
import FoveaWeights
import Synchronization

/// A source whose values are asked for once: norms, tables and small filters, which every size of input and every
/// picture's attention read anew, are kept.
///
/// The filters of dense convolutions are not, which an engine keeps in packed form.
final class KeptParameters: ParameterSource {
  private let source: any ParameterSource
  private let path: String
  private let filters: Set<String>
  private let kept = Mutex<[String: [Float]]>([:])

  /// A source in front of that of a model with these graphs; errors name the file at `path`.
  init(_ source: any ParameterSource, of graphs: some Sequence<Graph>, path: String) {
    (self.source, self.path) = (source, path)
    filters = Set(
      graphs.flatMap(\.nodes).compactMap { node in
        switch node.operation {
        case .convolution(let convolution) where !convolution.isDepthwise: convolution.weight.path
        case .transposedConvolution(let convolution): convolution.weight.path
        default: nil
        }
      })
  }

  func values(of parameter: Parameter) throws -> [Float] {
    if let known = kept.withLock({ $0[parameter.path] }) { return known }
    do {
      let values = try source.values(of: parameter)
      if !filters.contains(parameter.path) { kept.withLock { $0[parameter.path] = values } }
      return values
    } catch let error as WeightsError {
      throw FoveaError(error, path: path)
    }
  }
}
