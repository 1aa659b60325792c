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
    targets: [
        .target(name: "LimitCore", swiftSettings: settings),
        .target(name: "LimitStore", dependencies: ["LimitCore"], swiftSettings: settings),
        .target(name: "CProtos", linkerSettings: [.linkedLibrary("protobuf-c")]),
        .target(name: "WireProtocol", dependencies: ["CProtos", "LimitCore"], swiftSettings: settings),
        .testTarget(
            name: "WireProtocolTests",
            dependencies: ["CProtos", "LimitCore", "WireProtocol"],
            swiftSettings: settings
        ),
    ]
)
