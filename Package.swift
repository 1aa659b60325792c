// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// For what only the daemon links and every decision passes through. A build for release leaves out the check that no
/// two accesses to a variable overlap, a tenth of a decision; tests are built with it. Arithmetic traps everywhere.
let hotSettings =
    settings + [
        .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))
    ]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "headgate",
    products: [
        .library(name: "HeadgateClient", targets: ["HeadgateClient"]),
        .executable(name: "headgate", targets: ["headgate"]),
    ],
    dependencies: [
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .target(name: "LimitCore", swiftSettings: settings),
        .target(name: "LimitPolicy", dependencies: ["LimitCore", crypto, yams], swiftSettings: hotSettings),
        .target(name: "LimitStore", dependencies: ["LimitCore"], swiftSettings: hotSettings),
        .target(name: "LimitStoreTesting", dependencies: ["LimitCore", "LimitStore"], swiftSettings: settings),
        .systemLibrary(name: "CHiredis"),
        .target(
            name: "RedisStore",
            dependencies: ["CHiredis", "LimitCore", "LimitStore", crypto, nioCore, nioPosix, nioSSL],
            resources: [
                .embedInCode("Lua/decide.lua"), .embedInCode("Lua/windows.lua"), .embedInCode("Lua/bucket.lua"),
                .embedInCode("Lua/calendar.lua"), .embedInCode("Lua/entries.lua"), .embedInCode("Lua/log.lua"),
                .embedInCode("Lua/slots.lua"), .embedInCode("Lua/leases.lua"), .embedInCode("Lua/runs.lua"),
                .embedInCode("Lua/checks.lua"), .embedInCode("Lua/reply.lua"), .embedInCode("Lua/control.lua"),
            ],
            swiftSettings: hotSettings
        ),
        .executableTarget(
            name: "RedisBench",
            dependencies: ["LimitCore", "RedisStore", nioCore, nioPosix],
            path: "Benchmarks/redis/RedisBench",
            swiftSettings: settings
        ),
        .target(name: "CProtos", linkerSettings: [.linkedLibrary("protobuf-c")]),
        .target(name: "WireProtocol", dependencies: ["CProtos", "LimitCore"], swiftSettings: settings),
        .target(
            name: "DecisionService",
            dependencies: ["LimitCore", "LimitPolicy", "LimitStore", crypto],
            swiftSettings: hotSettings
        ),
        .systemLibrary(name: "CNghttp2"),
        .systemLibrary(name: "CZlib"),
        .target(
            name: "TransportSecurity",
            dependencies: [logging, nioCore, nioSSL, nioTLS],
            swiftSettings: settings
        ),
        .target(
            name: "PolicyTrials",
            dependencies: ["DecisionService", "LimitCore", "LimitPolicy", "LimitStore", "WireProtocol", crypto],
            swiftSettings: settings
        ),
        .target(
            name: "RPCServer",
            dependencies: [
                "CNghttp2", "CZlib", "DecisionService", "LimitCore", "LimitPolicy", "TransportSecurity",
                "WireProtocol", lifecycle, logging, nioCore, nioPosix,
            ],
            resources: [
                .embedInCode("GRPC/Descriptors/envoy_service_ratelimit_v3_rls.binpb"),
                .embedInCode("GRPC/Descriptors/grpc_health_v1_health.binpb"),
                .embedInCode("GRPC/Descriptors/grpc_reflection_v1_reflection.binpb"),
                .embedInCode("GRPC/Descriptors/grpc_reflection_v1alpha_reflection.binpb"),
                .embedInCode("GRPC/Descriptors/headgate_v1_limiter.binpb"),
            ],
            swiftSettings: hotSettings
        ),
        .target(
            name: "StatusServer",
            dependencies: [
                "DecisionService", "LimitCore", "TransportSecurity", "WireProtocol", crypto, httpTypes, hummingbird,
                hummingbirdCore, lifecycle, logging, nioCore, nioHTTP1, nioHTTPTypes,
            ],
            resources: [
                .embedInCode("Dashboard/dashboard.css"),
                .embedInCode("Dashboard/dashboard.html"),
                .embedInCode("Dashboard/dashboard.js"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "HeadgateDaemon",
            dependencies: [
                "DecisionService", "LimitCore", "LimitPolicy", "LimitStore", "RPCServer", "RedisStore", "StatusServer",
                "TransportSecurity", crypto, lifecycle, logging, nioCore, nioPosix, unixSignals, yams,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "HeadgateClient",
            dependencies: [
                "LimitCore", "TransportSecurity", "WireProtocol", crypto, lifecycle, logging, nioCore, nioPosix,
            ],
            swiftSettings: settings
        ),
        .systemLibrary(name: "CEpoll"),
        .executableTarget(
            name: "headgate",
            dependencies: [
                "CEpoll", "DecisionService", "HeadgateClient", "HeadgateDaemon", "LimitCore", "LimitPolicy",
                "PolicyTrials", "TransportSecurity", "WireProtocol", argumentParser, histogram, logging, nioCore,
                nioHTTP1,
                nioPosix, unixSignals,
            ],
            swiftSettings: settings
        ),

        .testTarget(name: "LimitCoreTests", dependencies: ["LimitCore", "LimitStoreTesting"], swiftSettings: settings),
        .testTarget(name: "LimitPolicyTests", dependencies: ["LimitCore", "LimitPolicy"], swiftSettings: settings),
        .testTarget(
            name: "LimitStoreTests",
            dependencies: ["LimitCore", "LimitStore", "LimitStoreTesting"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RedisStoreTests",
            dependencies: [
                "DecisionService", "LimitCore", "LimitPolicy", "LimitStore", "LimitStoreTesting", "RedisStore", crypto,
                nioCore, nioPosix, nioSSL,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "WireProtocolTests",
            dependencies: ["CProtos", "LimitCore", "WireProtocol"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "DecisionServiceTests",
            dependencies: ["DecisionService", "LimitCore", "LimitPolicy", "LimitStore", "LimitStoreTesting"],
            swiftSettings: settings
        ),
        .target(
            name: "TestCertificates",
            dependencies: [nioCore, nioPosix, nioSSL, nioTLS],
            path: "Tests/TestCertificates",
            swiftSettings: settings
        ),
        .testTarget(
            name: "TransportSecurityTests",
            dependencies: ["TestCertificates", "TransportSecurity", logging, nioCore, nioPosix],
            swiftSettings: settings
        ),
        .testTarget(
            name: "PolicyTrialsTests",
            dependencies: ["LimitCore", "LimitPolicy", "PolicyTrials", "WireProtocol"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RPCServerTests",
            dependencies: [
                "CNghttp2", "DecisionService", "LimitCore", "LimitPolicy", "LimitStore", "RPCServer",
                "TransportSecurity", "WireProtocol", lifecycle, logging, nioCore, nioPosix,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "StatusServerTests",
            dependencies: [
                "DecisionService", "LimitCore", "LimitPolicy", "LimitStore", "StatusServer", crypto, lifecycle, logging,
                nioCore, nioPosix,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "HeadgateDaemonTests",
            dependencies: [
                "DecisionService", "HeadgateDaemon", "LimitPolicy", "RedisStore", "TransportSecurity", logging,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "FakeDaemon",
            dependencies: ["LimitCore", "WireProtocol", nioCore, nioPosix],
            path: "Tests/FakeDaemon",
            swiftSettings: settings
        ),
        .testTarget(
            name: "HeadgateClientTests",
            dependencies: ["FakeDaemon", "HeadgateClient", "LimitCore", "WireProtocol", logging, nioCore],
            swiftSettings: settings
        ),
        .testTarget(
            name: "HeadgateCommandTests",
            dependencies: [
                "FakeDaemon", "HeadgateClient", "LimitCore", "LimitPolicy", "PolicyTrials", "WireProtocol", "headgate",
                argumentParser, histogram, nioCore, nioHTTP1, nioPosix,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SystemTests",
            dependencies: [
                "HeadgateClient", "LimitCore", "TestCertificates", "WireProtocol", "headgate", logging, nioSSL,
            ],
            swiftSettings: settings
        ),
    ]
)

// `make tsan` wants the unit tests alone. Without what listens or dials, only two packages are left to build.
if Context.environment["HEADGATE_TARGETS"] == "unit" {
    let tested = ["LimitCore", "LimitPolicy", "LimitStore", "WireProtocol", "DecisionService", "PolicyTrials"]
    let kept = Set(tested + tested.map { "\($0)Tests" } + ["CProtos", "LimitStoreTesting"])
    package.products = []
    package.targets.removeAll { !kept.contains($0.name) }
    package.dependencies.removeAll { dependency in
        guard case .sourceControl(_, let location, _) = dependency.kind else { return true }
        return !location.hasSuffix("/swift-crypto") && !location.hasSuffix("/Yams")
    }
    package.targets.append(.target(name: "SanitizedMutex", path: "Tests/SanitizedMutex"))
    package.targets.first { $0.name == "LimitStoreTests" }?.dependencies.append("SanitizedMutex")
}
