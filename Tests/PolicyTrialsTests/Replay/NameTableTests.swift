import Testing

@testable import PolicyTrials

@Suite struct `A table of names` {
    @Test func `gives each name one number, in their order, however many there are`() {
        var table = NameTable()
        for round in 0..<2 {
            for index in 0..<10_000 {
                let name = "name-\(index)"
                #expect(table.number(of: name.utf8.span) == index + 1, "round \(round)")
            }
        }
        #expect(table.count == 10_001)
        #expect(String(decoding: table[5000], as: UTF8.self) == "name-4999")
    }

    @Test func `counts as others what it has no room for, by number or by bytes`() {
        var few = NameTable(mostNames: 1)
        #expect(few.number(of: "a".utf8.span) == 1 && few.number(of: "b".utf8.span) == NameTable.others)
        #expect(few.number(of: "a".utf8.span) == 1)
        var short = NameTable(mostBytes: 3)
        #expect(short.number(of: "ab".utf8.span) == 1 && short.number(of: "cd".utf8.span) == NameTable.others)
        #expect(short.number(of: "e".utf8.span) == 2)
    }
}
