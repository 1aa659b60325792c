import LimitCore
import Testing

struct AmountTests {
    @Test(
        arguments: [
            (0, 0, 0), (1, 2, 3), (Amount.max - 1, 1, Amount.max), (Amount.max, 1, Amount.max),
            (Amount.max, Amount.max, Amount.max), (Int64.max, 1, Amount.max), (Int64.max, Int64.max, Amount.max),
        ] as [(Int64, Int64, Int64)]
    )
    func `a sum saturates`(a: Int64, b: Int64, expected: Int64) {
        #expect(Amount.sum(a, b) == expected)
        #expect(Amount.sum(b, a) == expected)
    }

    @Test(
        arguments: [
            (0, 0), (1, 1), (1 << 53 - 1, Amount.max), (1 << 53, nil), (1 << 63, nil), (.max, nil),
        ] as [(UInt64, Int64?)]
    )
    func `an amount from outside is at most 2^53 - 1`(value: UInt64, expected: Int64?) {
        #expect(Amount.checked(value) == expected)
    }
}
