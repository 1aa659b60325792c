import Testing
import WireProtocol

@Suite struct DialectTests {
    private static let http2 = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    @Test(arguments: [(Frame.preface, Dialect.compact), (http2, Dialect.http2)])
    func `a preface is known as soon as it is there, however it is split`(preface: [UInt8], dialect: Dialect) {
        let needed = dialect == .compact ? 8 : 14
        for count in 0...preface.count {
            let expected: Dialect.Sniff = count < needed ? .needMore : .speaks(dialect)
            #expect(Dialect.sniff(Array(preface[..<count]).span) == expected)
        }
        #expect(Dialect.sniff((preface + [0, 1, 2]).span) == .speaks(dialect))
    }

    @Test(arguments: ["GET / HTTP/1.1\r\n", "\u{16}\u{3}\u{1}", "HGATE/2\n", "hgate/1\n", "PRI * HTTP/1.1", "\0"])
    func `anything else is unknown at its first wrong byte`(text: String) {
        #expect(Dialect.sniff(Array(text.utf8).span) == .unknown)
    }

    @Test func `the preface of the compact framing is HGATE/1 and a newline`() {
        #expect(Frame.preface == Array("HGATE/1\n".utf8))
    }
}
