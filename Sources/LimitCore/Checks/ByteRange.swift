/// Where a piece of text lies in the text of its `Questions`.
package struct ByteRange: Sendable, Equatable {
    package var start: UInt32
    package var count: UInt32

    package init(start: UInt32, count: UInt32) {
        self.start = start
        self.count = count
    }

    package static let empty = ByteRange(start: 0, count: 0)

    package var isEmpty: Bool { count == 0 }

    /// The range as array indices.
    package var indices: Range<Int> { Int(start)..<Int(start) + Int(count) }
}
