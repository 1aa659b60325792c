// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "headgate",
    products: [
        .library(name: "HeadgateClient", targets: ["HeadgateClient"]),
        .executable(name: "headgate", targets: ["headgate"]),
    ],
    dependencies: [
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .target(name: "LimitCore", swiftSettings: settings),
        .target(name: "LimitStore", dependencies: ["LimitCore"], swiftSettings: settings),
        .target(
            name: "LimitPolicy",
            dependencies: [
                "LimitCore",
                .product(name: "Yams", package: "Yams"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "HeadgateClient",
            dependencies: [
                "LimitCore",
                "WireProtocol",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .systemLibrary(name: "CEpoll"),
        .executableTarget(
            name: "headgate",
            dependencies: [
                "CEpoll",
                "HeadgateClient",
                "LimitCore",
                "LimitPolicy",
                "WireProtocol",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "HeadgateClientTests",
            dependencies: [
                "HeadgateClient",
                "LimitCore",
                "WireProtocol",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "HeadgateCommandTests",
            dependencies: [
                "headgate",
                "HeadgateClient",
                "LimitCore",
                "LimitPolicy",
                "WireProtocol",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .testTarget(name: "LimitCoreTests", dependencies: ["LimitCore"], swiftSettings: settings),
        .testTarget(name: "LimitPolicyTests", dependencies: ["LimitPolicy", "LimitCore"], swiftSettings: settings),
        .target(name: "CProtos", linkerSettings: [.linkedLibrary("protobuf-c")]),
        .target(name: "WireProtocol", dependencies: ["CProtos", "LimitCore"], swiftSettings: settings),
        .testTarget(name: "WireProtocolTests", dependencies: ["CProtos", "LimitCore", "WireProtocol"], swiftSettings: settings),
    ]
)
