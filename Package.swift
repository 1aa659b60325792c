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
    dependencies: [
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
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
        .testTarget(name: "LimitCoreTests", dependencies: ["LimitCore"], swiftSettings: settings),
        .testTarget(name: "LimitPolicyTests", dependencies: ["LimitPolicy", "LimitCore"], swiftSettings: settings),
        .target(name: "CProtos", linkerSettings: [.linkedLibrary("protobuf-c")]),
        .target(name: "WireProtocol", dependencies: ["CProtos", "LimitCore"], swiftSettings: settings),
        .testTarget(name: "WireProtocolTests", dependencies: ["WireProtocol"], swiftSettings: settings),
    ]
)
