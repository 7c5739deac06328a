// A user imports Fovea alone: pictures, feature maps and the engine's options come with it.
@_exported import FoveaEngine
@_exported import FoveaGraph
@_exported import FoveaImage
import FoveaModels
import FoveaWeights

/// A map of numbers, float32, channels-last: (B, H, W, C).
public typealias FeatureMap = FoveaEngine.FeatureMap

/// What a model folder's config.json says.
public typealias ModelConfiguration = FoveaModels.ModelConfiguration

/// What a model answers.
public typealias ModelTask = FoveaModels.ModelTask

/// A value of a config, as JSON has them.
public typealias JSONValue = FoveaModels.JSONValue

/// The type of a tensor's stored elements.
public typealias ElementType = FoveaWeights.ElementType

/// A pixel that a mask should hold, or should not.
public typealias PromptPoint = FoveaModels.PromptPoint

/// A rectangle around what a mask should hold.
public typealias PromptBox = FoveaModels.PromptBox
