import Foundation
import LimitCore
import Testing
import WireProtocol

/// A proto file as its wire sees it: by message or enum, its fields or values.
struct ProtoFile {
    struct Field: Equatable {
        var name: String
        var number: Int
        var type: String
    }

    private(set) var messages: [String: [Field]] = [:]
    private(set) var enums: [String: [Field]] = [:]

    /// Reads the part of the language that the contract is written in.
    init(_ path: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Protos")
        var text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
        text.replace(/\/\/[^\n]*/, with: "")
        var open: [(kind: String, name: String)] = []
        let statements = text.matches(of: /\s*([^;{}]*)([;{}])/)
        for statement in statements {
            let words = String(statement.1).trimmingCharacters(in: .whitespacesAndNewlines)
            switch statement.2 {
            case "{":
                let parts = words.split(separator: " ").map(String.init)
                open.append((parts.first ?? "", parts.dropFirst().first ?? ""))
                let name = open.map(\.name).joined(separator: ".")
                if open.last?.kind == "message" { messages[name] = [] }
                if open.last?.kind == "enum" { enums[name] = [] }
            case "}": open.removeLast()
            default: add(words, to: open.map(\.name).joined(separator: "."), open.last?.kind)
            }
        }
    }

    private mutating func add(_ statement: String, to name: String, _ kind: String?) {
        guard let match = statement.wholeMatch(of: /(?:(.*\S)\s+)?(\w+)\s*=\s*(\d+)/) else { return }
        let number = Int(match.3) ?? -1
        let field = Field(name: String(match.2), number: number, type: match.1.map(String.init) ?? "")
        if kind == "message" { messages[name]?.append(field) }
        if kind == "enum" { enums[name]?.append(field) }
    }
}

/// The C code comes from the twin, so what holds for the contract must hold for the twin.
@Suite struct TwinTests {
    /// The type that a field of the contract has in the twin.
    private func twinType(_ field: ProtoFile.Field) -> String {
        switch field.type {
        case "string": "bytes"
        case "map<string, uint64>": "repeated UsageEntry"
        case "map<string, string>": "repeated AttributesEntry"
        default: field.type
        }
    }

    @Test func `the twin has the contract's fields, with strings as bytes and maps as entries`() throws {
        let contract = try ProtoFile("headgate/v1/limiter.proto")
        var twin = try ProtoFile("twin/limiter.proto").messages
        #expect(twin.removeValue(forKey: "UsageEntry")?.map(\.type) == ["bytes", "uint64"])
        #expect(twin.removeValue(forKey: "AttributesEntry")?.map(\.type) == ["bytes", "bytes"])
        #expect(contract.messages.count == 17 && Set(twin.keys) == Set(contract.messages.keys))
        for (name, fields) in contract.messages {
            let expected = fields.map { ProtoFile.Field(name: $0.name, number: $0.number, type: twinType($0)) }
            #expect(twin[name] == expected, "\(name)")
        }
    }

    @Test func `entries of the twin have a map entry's numbers`() throws {
        let twin = try ProtoFile("twin/limiter.proto").messages
        for entry in ["UsageEntry", "AttributesEntry"] {
            #expect(twin[entry]?.map(\.name) == ["key", "value"] && twin[entry]?.map(\.number) == [1, 2])
        }
    }

    @Test func `the twin has the contract's enums`() throws {
        let contract = try ProtoFile("headgate/v1/limiter.proto")
        #expect(contract.enums.count == 3)
        #expect(try ProtoFile("twin/limiter.proto").enums == contract.enums)
    }

    @Test func `enums in Swift have the contract's names and numbers`() throws {
        let enums = try ProtoFile("headgate/v1/limiter.proto").enums
        let verdicts = Verdict.allCases.map { ProtoFile.Field(name: $0.protoName, number: Int($0.rawValue), type: "") }
        let reasons = Reason.allCases.map { ProtoFile.Field(name: $0.protoName, number: Int($0.rawValue), type: "") }
        let states = ReplicaState.allCases.map {
            ProtoFile.Field(name: $0.protoName, number: Int($0.rawValue), type: "")
        }
        // Unspecified is no verdict.
        #expect(enums["Verdict"].map { Array($0.dropFirst()) } == verdicts)
        #expect(enums["Reason"] == reasons)
        #expect(enums["ReplicaState"] == states)
    }
}
