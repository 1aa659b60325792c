import DecisionService
import LimitCore
import LimitPolicy
import LimitStore

/// One descriptor as a test writes it: its entries, what it costs, and the limit that comes with it.
struct Descriptor {
    var entries: [(String, String)]
    var hits: Int64 = 1
    var override: String?

    init(_ entries: (String, String)..., hits: Int64 = 1, override: String? = nil) {
        self.entries = entries
        self.hits = hits
        self.override = override
    }
}

extension LaneFixture {
    /// Adds descriptors and says who waits for them.
    func addTogether(_ descriptors: [Descriptor], _ answers: Answers, timeLeft: Microseconds? = nil) throws {
        for descriptor in descriptors {
            lane.questions.begin()
            for (key, value) in descriptor.entries {
                try lane.questions.addAttribute(key: key.utf8.span, value: value.utf8.span)
            }
            let keys = descriptor.entries.map(\.0).joined(separator: ",")
            try lane.questions.addAttribute(key: "descriptor".utf8.span, value: keys.utf8.span)
            if let rate = descriptor.override { lane.questions.addOverride(rate: rate) }
            lane.questions.setHits(descriptor.hits)
            _ = lane.questions.endDescriptor()
        }
        lane.askTogether(answers, count: descriptors.count, timeLeft: timeLeft)
    }

    /// Decides descriptors as one step, and returns the answers in their order.
    func together(_ descriptors: Descriptor...) throws -> [CheckResponse] {
        let answers = Answers()
        try addTogether(descriptors, answers)
        lane.flush()
        if let failure = answers.failures[0] { throw failure }
        return answers.responses.sorted { $0.key < $1.key }.map(\.value)
    }
}

extension CheckResponse {
    var remaining: UInt64? { limits.first?.remaining }
}

extension [CheckResponse] {
    var verdicts: [Verdict] { map(\.verdict) }
    var remaining: [UInt64?] { map(\.remaining) }
}

/// A store that never knows.
final class AbsentStore: LimitStore {
    func decide(_ batch: CheckBatch, reply: @escaping (CheckBatch) -> Void) {
        batch.prepareForStore()
        for check in batch.results.indices { batch.results[check] = batch.priced[check].isEmpty ? .admitted : .unknown }
        reply(batch)
    }

    func settle(_ batch: LeaseBatch, reply: @escaping (LeaseBatch) -> Void) {
        for index in batch.results.indices { batch.results[index] = .unknown }
        reply(batch)
    }
}
