// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "fovea",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Fovea", targets: ["Fovea"]),
    .executable(name: "fovea", targets: ["FoveaCommand"]),
  ],
  traits: [
    .trait(
      name: "ColorManagement",
      description: "Turns images with a colour profile, gAMA or cHRM into sRGB, through Little CMS.")
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  ],
  targets: [
    .systemLibrary(
      name: "CLibPNG", pkgConfig: "libpng",
      providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib",
      providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(
      name: "CLibJPEG", pkgConfig: "libjpeg",
      providers: [.apt(["libjpeg-dev"]), .brew(["jpeg-turbo"])]),

    .systemLibrary(
      name: "CLittleCMS", pkgConfig: "lcms2",
      providers: [.apt(["liblcms2-dev"]), .brew(["little-cms2"])]),

    .target(name: "CFoveaKernels"),
    .target(name: "CFoveaCodecs", dependencies: ["CLibPNG", "CLibJPEG", "CZlib"]),
    .target(
      name: "FoveaImage",
      dependencies: [
        "CFoveaCodecs", .target(name: "CLittleCMS", condition: .when(traits: ["ColorManagement"])),
      ]),
    .target(name: "FoveaGraph"),
    .target(name: "FoveaEngine", dependencies: ["FoveaGraph", "CFoveaKernels"]),
    .target(name: "FoveaTraining", dependencies: ["FoveaGraph", "FoveaEngine", "CFoveaKernels"]),
    .target(name: "FoveaWeights"),
    .target(name: "FoveaModels", dependencies: ["FoveaGraph", "FoveaWeights"]),
    .target(name: "CFoveaEmbedded"),
    .target(
      name: "Fovea",
      dependencies: ["FoveaModels", "FoveaEngine", "FoveaTraining", "FoveaImage", "CFoveaEmbedded"]),

    .executableTarget(
      name: "FoveaCommand",
      dependencies: [
        "Fovea",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "tools/fovea"),

    .executableTarget(
      name: "TrainingBench", dependencies: ["Fovea", "FoveaTraining", "FoveaModels"],
      path: "tools/training-bench"),

    .target(name: "FoveaTestSupport", path: "Tests/FoveaTestSupport"),
    .testTarget(name: "KernelTests", dependencies: ["CFoveaKernels", "FoveaTestSupport"]),
    .testTarget(name: "FoveaImageTests", dependencies: ["FoveaImage", "CFoveaCodecs", "FoveaTestSupport"]),
    .testTarget(name: "FoveaGraphTests", dependencies: ["FoveaGraph", "FoveaTestSupport"]),
    .testTarget(
      name: "FoveaEngineTests", dependencies: ["FoveaEngine", "CFoveaKernels", "FoveaTestSupport"]),
    .testTarget(
      name: "FoveaTrainingTests",
      dependencies: ["FoveaTraining", "FoveaModels", "FoveaWeights", "FoveaTestSupport"]),
    .testTarget(name: "FoveaModelsTests", dependencies: ["FoveaModels", "FoveaTestSupport"]),
    .testTarget(
      name: "ParityTests",
      dependencies: ["FoveaModels", "FoveaWeights", "FoveaEngine", "FoveaTestSupport"]),
    .testTarget(name: "FoveaTests", dependencies: ["Fovea", "FoveaTestSupport"]),
    .testTarget(name: "CommandTests", dependencies: ["FoveaCommand", "FoveaTestSupport"]),
    .testTarget(
      name: "FoveaWeightsTests", dependencies: ["FoveaWeights", "FoveaImage", "FoveaTestSupport"]),
  ],
  cLanguageStandard: .gnu2x
)
