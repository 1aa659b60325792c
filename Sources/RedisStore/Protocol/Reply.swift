/// One reply of Redis, flat: its parts in the order in which they came, their bytes in one buffer.
///
/// A link has one that it uses again for every reply, so reading allocates nothing once it is warm.
package struct Reply: Sendable {
    /// A part of a reply. An array is followed by its elements.
    package enum Node: Sendable, Equatable {
        case status(Range<Int>)
        case error(Range<Int>)
        case string(Range<Int>)
        case integer(Int64)
        case array(count: Int)
        case null
    }

    package private(set) var nodes: [Node] = []
    package private(set) var bytes: [UInt8] = []

    package init() {}

    mutating func removeAll() {
        nodes.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
    }

    mutating func append(_ node: Node) {
        nodes.append(node)
    }

    mutating func append(_ content: UnsafeRawBufferPointer) -> Range<Int> {
        let start = bytes.count
        bytes.append(contentsOf: content)
        return start..<bytes.count
    }
}

extension Reply {
    /// The text of a status, an error or a string; nil where the part is none of them.
    package func text(_ index: Int) -> String? {
        guard nodes.indices.contains(index) else { return nil }
        switch nodes[index] {
        case .status(let range), .error(let range), .string(let range):
            return String(decoding: bytes[range], as: UTF8.self)
        case .integer, .array, .null:
            return nil
        }
    }

    /// What an error reply says, or nil where the reply is no error.
    package var errorText: String? {
        guard case .error = nodes.first else { return nil }
        return text(0)
    }

    /// The number in a string of digits; nil where it is anything else.
    func number(_ index: Int) -> Int64? {
        guard nodes.indices.contains(index) else { return nil }
        switch nodes[index] {
        case .integer(let value): return value
        case .string: return text(index).flatMap { Int64($0) }
        case .status, .error, .array, .null: return nil
        }
    }
}
