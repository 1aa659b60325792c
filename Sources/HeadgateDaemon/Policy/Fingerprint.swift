/// A policy's number as people compare it.
package struct Fingerprint: Sendable, CustomStringConvertible {
    private let value: UInt64

    package init(_ value: UInt64) {
        self.value = value
    }

    package var description: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
