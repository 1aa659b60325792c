import LimitCore
import Testing

struct TextProblemTests {
    @Test(
        arguments: [
            [], [0x20], [0x7E], Array("Zoë, 東京 🚆".utf8), [0xF4, 0x8F, 0xBF, 0xBF], [0xC2, 0x80], [0xED, 0x9F, 0xBF],
        ] as [[UInt8]]
    )
    func `text has no problem`(bytes: [UInt8]) {
        #expect(TextProblem.find(in: bytes.span) == nil)
    }

    @Test(arguments: Array(0..<0x20) + [0x7F] as [UInt8])
    func `a control byte is a problem wherever it is`(byte: UInt8) {
        for bytes in [[byte], [byte, 0x61], [0x61, byte], [0xC3, 0xAB, byte], [byte, 0xFF]] {
            #expect(TextProblem.find(in: bytes.span) == .control)
        }
    }

    @Test(
        arguments: [
            [0x80], [0xFF], [0xC3], [0xC3, 0x61], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80],
            [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0x61, 0xE6, 0x9D],
        ] as [[UInt8]]
    )
    func `what is not UTF-8 is a problem`(bytes: [UInt8]) {
        #expect(TextProblem.find(in: bytes.span) == .encoding)
    }
}
