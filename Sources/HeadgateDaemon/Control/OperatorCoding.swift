import DecisionService
import Foundation
import LimitCore
import LimitPolicy

/// The operators' document as bytes: JSON with the number of its format, clients by their digests.
enum OperatorCoding {
    /// Longer documents are neither written nor read.
    static let longest = 16 << 20
    private static let format = 1

    private struct Content: Codable {
        var format: Int
        var clients: [String: OperatorEntry]
    }

    private struct Format: Decodable {
        var format: Int
    }

    static func encode(_ document: OperatorDocument) throws(AdminFailure) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let clients = Dictionary(uniqueKeysWithValues: document.clients.map { ("\($0.key)", $0.value) })
        guard let bytes = try? encoder.encode(Content(format: format, clients: clients)) else {
            throw .invalid("what operators have decided cannot be written as JSON")
        }
        guard bytes.count <= longest else { throw .full("what operators have decided is longer than 16 MiB") }
        return [UInt8](bytes)
    }

    /// Throws where anything in it is not as `encode` would have written it.
    static func decode(_ bytes: [UInt8]) throws(AdminFailure) -> OperatorDocument {
        guard bytes.count <= longest else { throw .invalid("the operators' document is longer than 16 MiB") }
        let content = try content(of: Data(bytes))
        var clients: [ClientDigest: OperatorEntry] = [:]
        for (name, entry) in content.clients {
            guard let digest = ClientDigest(name) else {
                throw .invalid("the operators' document names a client that is no sha256: and 64 digits")
            }
            try check(entry)
            clients[digest] = entry
        }
        return try OperatorDocument(clients)
    }

    /// The whole is read first: that it has another format is the rare case.
    private static func content(of data: Data) throws(AdminFailure) -> Content {
        do {
            let content = try JSONDecoder().decode(Content.self, from: data)
            if content.format == format { return content }
        } catch {
            guard let found = try? JSONDecoder().decode(Format.self, from: data) else {
                throw .invalid("the operators' document is not one")
            }
            if found.format == format {
                throw .invalid("the operators' document has a part that is not understood: \(place(of: error))")
            }
        }
        throw .invalid("the operators' document has another format than \(format), which this version reads")
    }

    /// Numbers are trusted by those who read the table.
    private static func check(_ entry: OperatorEntry) throws(AdminFailure) {
        let times =
            [
                entry.block?.until, entry.block?.signature.at, entry.tier?.until, entry.tier?.signature.at,
                entry.reset?.signature.at,
            ] + entry.overrides.values.flatMap { [$0.until, $0.signature.at] }
        let numbers =
            times.compactMap { $0 } + entry.overrides.values.map(\.count)
            + [entry.reset?.generation].compactMap { $0 }
        guard numbers.allSatisfy({ (0...Amount.max).contains($0) }) else {
            throw .invalid("the operators' document has a number that is not from 0 to \(Amount.max)")
        }
    }

    /// Where a decoder stopped, without what it found there.
    private static func place(of error: any Error) -> String {
        let path: [any CodingKey] =
            switch error as? DecodingError {
            case .keyNotFound(let key, let context): context.codingPath + [key]
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
                context.codingPath
            default: []
            }
        return path.dropFirst(2).map(\.stringValue).joined(separator: ".")
    }
}
