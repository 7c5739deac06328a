import Foundation
import FoveaModels

extension ModelConfiguration {
  /// The configuration of an architecture by name, or the one in a config file of one's own (NAME.json).
  init(architecture name: String) throws(FoveaError) {
    do throws(ModelError) {
      guard FileSystem.pathExtension(name) == "json" else {
        self = try Registry.configuration(named: name)
        return
      }
    } catch {
      throw FoveaError(error, path: name)
    }
    let text = try FileSystem.bytes(of: name)
    do throws(ModelError) {
      self = try ModelConfiguration(Data(text))
    } catch {
      throw FoveaError(error, path: name)
    }
  }
}
