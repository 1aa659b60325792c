import Testing
import WireProtocol

/// The messages of health and reflection.
@Suite struct ServiceMessagesTests {
    @Test(
        arguments: [
            ([], ""), ([0x0A, 0], ""), ([0x0A, 2, 0x61, 0x62], "ab"), ([0x0A, 1, 0x61, 0x0A, 1, 0x62], "b"),
            ([0x10, 5, 0x0A, 1, 0x61], "a"),
        ] as [([UInt8], String)]
    )
    func `a health request names its service`(payload: [UInt8], service: String) throws {
        #expect(try HealthMessages.decodeRequest(payload.span) == service)
    }

    @Test(
        arguments: [
            ([0x0A], "message is no valid protobuf"), ([0x0A, 5, 0x61], "message is no valid protobuf"),
            ([0x08, 1], "service has the wrong wire type"), ([0x0A, 1, 0], "service contains a control character"),
            ([0x0A, 1, 0xFF], "service is not valid UTF-8"),
            ([0x0A, 0x81, 0x04] + Array(repeating: 0x61, count: 513), "service is longer than 512 bytes"),
        ] as [([UInt8], String)]
    )
    func `a broken health request names the field`(payload: [UInt8], words: String) {
        let error = #expect(throws: WireError.self) { try HealthMessages.decodeRequest(payload.span) }
        #expect(error?.code == .invalidArgument && error?.message == words)
    }

    static let questions: [([UInt8], ReflectionRequest.Question)] = [
        ([0x3A, 0], .services),
        ([0x1A, 1, 0x61], .file("a")),
        ([0x22, 1, 0x61], .fileOfSymbol("a")),
        ([0x2A, 5, 0x0A, 1, 0x61, 0x10, 7], .fileOfExtension(type: "a")),
        ([0x32, 1, 0x61], .extensionNumbers(type: "a")),
        ([], .unknown),
        ([0x0A, 1, 0x68], .unknown),
    ]

    @Test(arguments: questions)
    func `a reflection request is kept and understood`(
        payload: [UInt8],
        question: ReflectionRequest.Question
    ) throws {
        let request = try ReflectionRequest(payload.span)
        #expect(request.question == question && request.original == payload)
        for count in payload.indices {
            // Cut short it is another message or none, never a trap.
            _ = try? ReflectionRequest(Array(payload[..<count]).span)
        }
    }

    @Test func `an answer repeats its question`() throws {
        let request = try ReflectionRequest(([0x0A, 1, 0x68, 0x3A, 0] as [UInt8]).span)
        var services: [UInt8] = []
        ReflectionAnswer.services(["a"]).append(answering: request, to: &services)
        let repeated: [UInt8] = [0x0A, 1, 0x68, 0x12, 5, 0x0A, 1, 0x68, 0x3A, 0]
        #expect(services == repeated + [0x32, 5, 0x0A, 3, 0x0A, 1, 0x61])
        var files: [UInt8] = []
        ReflectionAnswer.files([[1, 2], []]).append(answering: request, to: &files)
        #expect(files == repeated + [0x22, 6, 0x0A, 2, 1, 2, 0x0A, 0])
        var failure: [UInt8] = []
        ReflectionAnswer.failure(.notFound, "x").append(answering: request, to: &failure)
        #expect(failure == repeated + [0x3A, 5, 0x08, 5, 0x12, 1, 0x78])
    }

    @Test func `a descriptor knows the names that its file defines`() {
        // package p; message M { int32 f = 1; enum E { V = 0; } } service S { rpc C ... }
        func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] { [number << 3 | 2, UInt8(bytes.count)] + bytes }
        func named(_ name: String, _ rest: [UInt8] = []) -> [UInt8] { field(1, Array(name.utf8)) + rest }
        let message = named("M", field(2, named("f")) + field(4, named("E", field(2, named("V")))))
        let service = named("S", field(2, named("C")))
        let file = named("f.proto") + field(2, Array("p".utf8)) + field(4, message) + field(6, service)
        let descriptor = DescriptorFile(set: field(1, file))
        #expect(descriptor.name == "f.proto" && descriptor.bytes == file && descriptor.services == ["p.S"])
        #expect(descriptor.symbols == ["p.M", "p.M.f", "p.M.E", "p.M.V", "p.S", "p.S.C"])
    }
}
