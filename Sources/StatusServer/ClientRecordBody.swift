import DecisionService
import FoundationEssentials

/// What operators have decided about a client, as JSON; times as RFC 3339.
struct ClientRecordBody: Encodable {
    let record: ClientRecord

    private enum Key: String, CodingKey {
        case blocked, client, decisions, tier
        case tierSource = "tier_source"
    }

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(record.client, forKey: .client)
        try object.encode(record.tier, forKey: .tier)
        try object.encode(record.tierSource, forKey: .tierSource)
        try object.encode(record.isBlocked, forKey: .blocked)
        try object.encode(record.decisions.map(DecisionBody.init), forKey: .decisions)
    }
}

private struct DecisionBody: Encodable {
    let decision: ClientRecord.Decision

    private enum Key: String, CodingKey {
        case at, by, count, generation, kind, limit, message, tier, until
    }

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(decision.kind, forKey: .kind)
        switch decision.kind {
        case "block": try object.encode(decision.text, forKey: .message)
        case "tier": try object.encode(decision.text, forKey: .tier)
        case "override":
            try object.encode(decision.text, forKey: .limit)
            try object.encode(decision.number, forKey: .count)
        default: try object.encode(decision.number, forKey: .generation)
        }
        try object.encodeIfPresent(decision.until.map(Self.time), forKey: .until)
        try object.encode(decision.by, forKey: .by)
        try object.encode(Self.time(decision.at), forKey: .at)
    }

    private static func time(_ microseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(microseconds) / 1e6).formatted(.iso8601)
    }
}
