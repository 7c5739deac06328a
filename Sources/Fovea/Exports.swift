// A user imports Fovea alone: pictures, feature maps and the engine's options come with it.
@_exported import FoveaEngine
@_exported import FoveaGraph
@_exported import FoveaImage

/// A map of numbers, float32, channels-last: (B, H, W, C).
public typealias FeatureMap = FoveaEngine.FeatureMap
