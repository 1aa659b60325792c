import Foundation
import LimitCore
import Testing

@testable import WireProtocol

/// A message of Protos/golden, which clients in other languages are tested with too.
struct GoldenMessage: CustomTestStringConvertible {
    var message: String
    var name: String
    var protobuf: [UInt8]
    var json: String

    var testDescription: String { "\(message), \(name)" }

    static func all() throws -> [GoldenMessage] {
        try rows("messages.tsv").map {
            GoldenMessage(message: $0[0], name: $0[1], protobuf: try unhex($0[2]), json: $0[3])
        }
    }

    static func all(_ messages: String...) throws -> [GoldenMessage] {
        try all().filter { messages.contains($0.message) }
    }

    /// The cells of a file, without its comments.
    static func rows(_ file: String) throws -> [[String]] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Protos/golden")
        let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }
}

@Suite struct GoldenTests {
    private let decoder = MessageDecoder()
    private let encoder = MessageEncoder()

    @Test(arguments: try GoldenMessage.all("CheckRequest"))
    func `a check is the same from protobuf, from JSON and from a value`(golden: GoldenMessage) throws {
        let check = try protobufCheck(golden.protobuf).get()
        #expect(try jsonCheck(golden.json).get() == check)
        let request = CheckRequest(check)
        #expect(try protobuf(request) == golden.protobuf)
    }

    @Test(arguments: try GoldenMessage.all("CheckManyRequest"))
    func `checks are the same from protobuf and from JSON`(golden: GoldenMessage) throws {
        var (a, b) = (Questions(), Questions())
        let indices = try decoder.decodeCheckMany(golden.protobuf.span, into: &a)
        #expect(try JSONRequests.decodeCheckMany(Array(golden.json.utf8).span, into: &b) == indices)
        let checks = indices.map { ResolvedCheck(a, $0) }
        #expect(checks == indices.map { ResolvedCheck(b, $0) })
        var bytes: [UInt8] = []
        try encoder.append(checks.map(CheckRequest.init), to: &bytes)
        #expect(bytes == golden.protobuf)
    }

    @Test(arguments: try GoldenMessage.all("CheckResponse"))
    func `an answer is written as protobuf and as JSON`(golden: GoldenMessage) throws {
        let response = try decoder.decodeCheckResponse(golden.protobuf.span)
        var (bytes, json): ([UInt8], [UInt8]) = ([], [])
        bytes.append(response)
        JSONResponses.append(response, to: &json)
        #expect(bytes == golden.protobuf)
        #expect(String(copying: json.span) == golden.json)
    }

    @Test(arguments: try GoldenMessage.all("CheckManyResponse"))
    func `answers are written as protobuf and as JSON`(golden: GoldenMessage) throws {
        let responses = try decoder.decodeCheckManyResponse(golden.protobuf.span)
        var (bytes, json): ([UInt8], [UInt8]) = ([], [])
        bytes.append(responses)
        JSONResponses.append(responses, to: &json)
        #expect(bytes == golden.protobuf)
        #expect(String(copying: json.span) == golden.json)
    }

    @Test(arguments: try GoldenMessage.all("SettleRequest", "RenewRequest", "ReportRequest"))
    func `other requests are the same from protobuf and from JSON`(golden: GoldenMessage) throws {
        let (wire, json) = (golden.protobuf, Array(golden.json.utf8))
        var bytes: [UInt8] = []
        switch golden.message {
        case "SettleRequest":
            let request = try decoder.decodeSettle(wire.span)
            #expect(try JSONRequests.decodeSettle(json.span) == request)
            try encoder.append(request, to: &bytes)
        case "RenewRequest":
            let request = try decoder.decodeRenew(wire.span)
            #expect(try JSONRequests.decodeRenew(json.span) == request)
            try encoder.append(request, to: &bytes)
        default:
            let request = try decoder.decodeReport(wire.span)
            #expect(try JSONRequests.decodeReport(json.span) == request)
            try encoder.append(request, to: &bytes)
        }
        #expect(bytes == wire)
    }

    @Test(arguments: try GoldenMessage.all("SettleResponse", "RenewResponse", "ReportResponse"))
    func `other answers are written as protobuf and as JSON`(golden: GoldenMessage) throws {
        let wire = golden.protobuf
        var (bytes, json): ([UInt8], [UInt8]) = ([], [])
        switch golden.message {
        case "SettleResponse":
            let response = try decoder.decodeSettleResponse(wire.span)
            try encoder.append(response, to: &bytes)
            JSONResponses.append(response, to: &json)
        case "RenewResponse":
            let response = try decoder.decodeRenewResponse(wire.span)
            try encoder.append(response, to: &bytes)
            JSONResponses.append(response, to: &json)
        default:
            let response = try decoder.decodeReportResponse(wire.span)
            try encoder.append(response, to: &bytes)
            JSONResponses.append(response, to: &json)
        }
        #expect(bytes == wire)
        #expect(String(copying: json.span) == golden.json)
    }

    @Test(arguments: try GoldenMessage.all("Hello", "HelloReply", "Failure"))
    func `messages of the compact framing alone keep their bytes`(golden: GoldenMessage) throws {
        var bytes: [UInt8] = []
        switch golden.message {
        case "Hello": try encoder.append(decoder.decodeHello(golden.protobuf.span), to: &bytes)
        case "HelloReply": try encoder.append(decoder.decodeHelloReply(golden.protobuf.span), to: &bytes)
        default: bytes.appendFailure(try decoder.decodeFailure(golden.protobuf.span))
        }
        #expect(bytes == golden.protobuf)
    }

    @Test func `every golden message is tested here`() throws {
        let tested: Set = [
            "CheckRequest", "CheckManyRequest", "CheckResponse", "CheckManyResponse", "SettleRequest", "RenewRequest",
            "ReportRequest", "SettleResponse", "RenewResponse", "ReportResponse", "Hello", "HelloReply", "Failure",
        ]
        #expect(Set(try GoldenMessage.all().map(\.message)) == tested)
    }

    @Test(arguments: try GoldenMessage.rows("frames.tsv"))
    func `a frame has the header that stands beside it`(cells: [String]) throws {
        let bytes = try unhex(cells[1])
        guard case .frame(let frame, let payload) = FrameReader.next(in: bytes.span) else {
            Issue.record("no frame")
            return
        }
        let header = "\(frame.kind) \(frame.flags) \(frame.detail) \(frame.call)"
        #expect(header == cells[2...5].joined(separator: " "))
        #expect(try Array(bytes[payload]) == unhex(cells[6]) && payload.upperBound == bytes.count)
        let kind = try #require(FrameKind(rawValue: frame.kind))
        var written: [UInt8] = []
        if !frame.isResponse {
            try Frame.appendRequest(kind, call: frame.call, millisecondsLeft: UInt64(frame.detail), to: &written) {
                $0 += bytes[payload]
            }
        } else if frame.status == .ok {
            Frame.appendResponse(kind, call: frame.call, to: &written) { $0 += bytes[payload] }
        } else {
            let reason = WireError(frame.status, try decoder.decodeFailure(bytes[payload].span))
            Frame.appendFailure(frame.kind, call: frame.call, reason, to: &written)
        }
        #expect(written == bytes)
    }
}

extension CheckRequest {
    /// The value that decodes to the check.
    init(_ check: ResolvedCheck) {
        func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
        self.init(client: text(check.client), route: text(check.route))
        tier = text(check.tier)
        for (unit, amount) in check.usage { usage[text(unit)] = UInt64(amount) }
        for (key, value) in check.attributes { attributes[text(key)] = text(value) }
        limits = check.limits.map {
            InlineLimit(
                rate: text($0.rate),
                scope: text($0.scope),
                algorithm: text($0.algorithm),
                cost: UInt64($0.cost),
                burst: UInt64($0.burst)
            )
        }
        peek = check.peek
        allLimits = check.allLimits
    }
}
