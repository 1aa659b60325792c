import HeadgateClient
import LimitCore
import Testing

@testable import headgate

struct RenderingTests {
    private var limited: CheckResponse {
        var response = CheckResponse(verdict: .limited)
        response.reason = .rate
        response.retryAfterMilliseconds = 42_000
        response.rule = "predict"
        response.limits = [
            LimitState(
                name: "predict/rpm",
                limit: 10,
                remaining: 0,
                resetMilliseconds: 60_000,
                windowMilliseconds: 60_000,
                unit: "requests",
                limited: true
            ),
            LimitState(
                name: "predict/tpm",
                limit: 900,
                remaining: 88,
                resetMilliseconds: 0,
                windowMilliseconds: 0,
                unit: "tokens",
                shadow: true
            ),
        ]
        return response
    }

    @Test func `a refusal says why, how long, and which limit`() {
        let expected = """
            LIMITED: over a rate limit, retry after 42 s
              rule      predict
              limit     predict/rpm: 0 of 10 requests per 1 min left, whole again in 1 min LIMITED

            """
        #expect(CheckAnswer(limited).text == expected)
    }

    @Test func `an inspection shows every limit`() {
        #expect(CheckAnswer(limited).table.hasSuffix("  limit     predict/tpm: 88 of 900 tokens left (shadow)\n"))
    }

    @Test(arguments: [Settlement.settled, .unsettled])
    func `a lease is shown with what became of it`(_ settlement: Settlement) {
        var response = CheckResponse(verdict: .allowed)
        response.lease = [1, 2, 3]
        response.leaseMilliseconds = 30_000
        let answer = CheckAnswer(response, settlement: settlement)
        #expect(answer.text.hasSuffix("  lease     30 s, \(settlement)\n"))
        #expect(answer.json.hasSuffix("\"lease_ttl_ms\":30000,\"settlement\":\"\(settlement)\"}\n"))
        #expect(!CheckAnswer(response).json.contains("settlement"))
    }

    @Test func `an allowed call without limits says so`() {
        #expect(CheckAnswer(CheckResponse(verdict: .allowed)).text == "ALLOWED\n  rule      none\n  limits    none\n")
    }

    @Test func `what can never fit is not to be retried`() {
        var response = CheckResponse(verdict: .limited)
        response.reason = .costTooLarge
        response.never = true
        #expect(CheckAnswer(response).text.hasPrefix("LIMITED: this cost can never fit, do not retry\n"))
    }

    @Test func `text from elsewhere cannot move the cursor`() {
        var response = CheckResponse(verdict: .forbidden)
        response.message = "no\u{1B}[2J"
        #expect(CheckAnswer(response).text.contains("message   no?[2J\n"))
    }

    @Test func `json is the response on one line`() {
        let json = CheckAnswer(limited).json
        #expect(json.hasPrefix("{\"verdict\":\"VERDICT_LIMITED\"") && json.hasSuffix("}\n"))
        #expect(json.dropLast().contains("\n") == false)
    }

    @Test(arguments: [
        (0, "0 ms"), (999, "999 ms"), (1000, "1 s"), (1001, "1.1 s"), (9999, "10.0 s"), (10_001, "11 s"),
        (60_000, "1 min"),
        (90_000, "1 min 30 s"), (12_000_000, "3 h 20 min"), (1_036_800_000, "12 d"),
    ])
    func `a time is told in its two largest units, rounded up`(_ row: (UInt64, String)) {
        #expect(Timespan(milliseconds: row.0).description == row.1)
    }

    @Test func `the largest time is told too`() {
        #expect(!Timespan(milliseconds: .max).description.isEmpty)
        #expect(!Timespan(seconds: .max).description.isEmpty)
    }

    @Test func `a status is a page for people`() throws {
        let json = """
            {"version":"0.1.0","time":1,"uptime_s":3700,"ready":true,"later":"yes",
             "policy":{"fingerprint":"00ff","loaded_at":1,"rules":3},
             "store":{"kind":"memory","state":"ready","keys":12,"evictions":0},"peers":1,
             "totals":[{"rule":"predict","allowed":10,"limited":2,"forbidden":0,"unavailable":0,"shadow_limited":0}],
             "failed":0,"top_clients":[{"client":"al\\u001bice","checks":12}],"connections":4}
            """
        let text = try StatusSummary(Array(json.utf8)).text
        #expect(text.contains("daemon       0.1.0, up 1 h 1 min, ready\n"))
        #expect(text.contains("policy       00ff, 3 rules\n"))
        #expect(text.contains("store        memory, ready, 12 counters\n"))
        #expect(text.contains("predict             10            2            0            0\n"))
        #expect(text.contains("12  al?ice\n"))
    }

    @Test func `a status shows pools, operators' decisions and a control connection that is out`() throws {
        let json = """
            {"version":"0.1.0","uptime_s":1,"ready":true,"policy":{"fingerprint":"00ff","rules":3},
             "store":{"kind":"redis","state":"ready","control":"out"},"peers":2,"totals":[],"failed":0,
             "top_clients":[],"connections":4,"operators":{"clients":2,"problem":"it is not one","version":9},
             "pools":[{"name":"llama","scale":0.6,"replicas":[
             {"id":"a","state":"warming","load":0.5,"since":1,"overdue":true},
             {"id":"b","state":"ready","load":0,"since":1,"overdue":false}]}]}
            """
        let text = try StatusSummary(Array(json.utf8)).text
        #expect(text.contains("             what daemons share beside counters cannot be reached\n"))
        #expect(text.contains("operators    decisions about 2 clients\n"))
        #expect(text.contains("             newest ones refused: it is not one\n"))
        #expect(text.contains("pool         llama: limits x 0.6; a warming too long, b ready\n"))
    }

    @Test func `a client's record is a line for each decision`() throws {
        let json = """
            {"blocked":true,"client":"sha256:00","tier":"gold","tier_source":"operator","decisions":[
             {"kind":"block","message":"No\\u001b","by":"olga","at":"2023-11-14T22:13:20Z"},
             {"kind":"tier","tier":"gold","by":"olga","at":"2023-11-14T22:13:20Z"},
             {"kind":"override","limit":"predict/own","count":7,"until":"2027-01-15T08:00:00Z","by":"o","at":"x"},
             {"kind":"reset","generation":3,"by":"o","at":"x"}]}
            """
        #expect(
            try ClientRecordText(Array(json.utf8)).text == """
                sha256:00
                  tier      gold, by an operator
                  block     "No?", by olga at 2023-11-14T22:13:20Z
                  assigned  gold, by olga at 2023-11-14T22:13:20Z
                  override  predict/own 7 until 2027-01-15T08:00:00Z, by o at x
                  reset     generation 3, by o at x

                """
        )
        let blocked = #"{"blocked":true,"client":"sha256:00","tier_source":"none","decisions":[]}"#
        let text = try ClientRecordText(Array(blocked.utf8)).text
        #expect(text == "sha256:00\n  tier      none\n  blocked   by the policy\n")
    }

    @Test(arguments: ["", "{}", "[]", "<html>"])
    func `a status that is not understood is a failure`(_ text: String) {
        #expect(throws: CommandFailure.self) { try StatusSummary(Array(text.utf8)) }
    }
}
