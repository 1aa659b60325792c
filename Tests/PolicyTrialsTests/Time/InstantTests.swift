import LimitCore
import PolicyTrials
import Testing

@Suite struct `An instant` {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:01.5Z", 1_500_000),
        ("2000-02-29T12:00:00Z", 951_825_600_000_000),
        ("2026-01-05T00:00:00Z", 1_767_571_200_000_000), ("2026-01-05 01:30:00+01:30", 1_767_571_200_000_000),
        ("2026-01-04t19:00:00-05:00", 1_767_571_200_000_000), ("2026-01-05T00:00:00.1234567z", 1_767_571_200_123_456),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000_000), ("9999-12-31T23:59:59Z", 253_402_300_799_000_000),
    ])
    func `is read as RFC 3339 writes it`(text: String, microseconds: Microseconds) {
        #expect(Instant.parse(text) == microseconds)
    }

    @Test(arguments: [
        "", "2026-01-05", "2026-01-05T00:00:00", "2026-1-05T00:00:00Z", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-01-00T00:00:00Z", "2026-01-05T24:00:00Z", "2026-01-05T00:60:00Z", "2026-01-05T00:00:00.Z",
        "2026-01-05T00:00:00+0100", "2026-01-05T00:00:00Zx", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+01:00",
        "2100-02-29T00:00:00Z", "2026-01-05T00:00:61Z",
    ])
    func `is refused where it is none`(text: String) {
        #expect(Instant.parse(text) == nil)
    }

    @Test func `is written as it is read, on every day of 400 years`() {
        for day in stride(from: Int64(0), to: 146_097, by: 1) {
            let instant = day * 86_400_000_000 + day % 86_400 * 1_000_000 + day % 1000
            #expect(Instant.parse(Instant.text(instant)) == instant)
        }
    }

    @Test func `has a day and an hour in UTC`() {
        #expect(Instant.day(1_767_571_200_000_000) == "2026-01-05")
        #expect(Instant.hour(1_767_571_200_000_000 + 9 * 3_600_000_000) == "2026-01-05 09h")
    }
}
