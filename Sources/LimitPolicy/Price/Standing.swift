internal import LimitCore

/// What is known of a check's client before any rule is looked at.
struct Standing {
    /// In `Policy.tiers`; `tiers.count` for none.
    var tier: Int
    /// In the directory; nil for a client that the policy does not name.
    var entry: Int?
    /// No limit that is counted by client holds.
    var isUnlimited: Bool
    /// The call, or an operator, named a tier that the policy does not have.
    var namedUnknownTier = false
    /// In the operators' table; nil for a client that no operator has decided about.
    var ruling: Int?
}

extension Pricer {
    /// How many clients a lane remembers the digest of.
    static let rememberedDigests = 4_096

    /// Who calls. The tier is the one an operator assigned, else that of the request, else that of `clients:`, else the
    /// default; a name that the policy does not know counts as the default.
    func standing(of question: Question, in questions: Questions) -> Standing {
        let entry = entry(of: question, in: questions)
        let fallback = policy.defaultTier ?? policy.tiers.count
        var standing = Standing(tier: fallback, entry: entry, isUnlimited: false)
        standing.ruling = ruling(of: question, in: questions)
        if let ruling = standing.ruling, operators.rulings[ruling].tierUntil > now {
            standing.tier = operators.rulings[ruling].tier ?? fallback
            standing.namedUnknownTier = operators.rulings[ruling].tier == nil
        } else if !question.tier.isEmpty {
            if let known = policy.tierNames.find(questions.text.span.extracting(question.tier.indices)) {
                standing.tier = Int(known)
            } else {
                standing.namedUnknownTier = true
            }
        } else if let entry, let tier = policy.directory.entries[entry].tier {
            standing.tier = tier
        }
        standing.isUnlimited = entry.map { policy.directory.entries[$0].unlimited } ?? false
        return standing
    }

    private func entry(of question: Question, in questions: Questions) -> Int? {
        if policy.directory.isEmpty { return nil }
        let client = questions.text.span.extracting(question.client.indices)
        let hash = policy.directory.hash(client)
        if let entry = policy.directory.find(client, hash: hash) { return Int(entry) }
        guard policy.directory.hasDigests else { return nil }
        return policy.directory.find(digest: digest(of: client).span).map { Int($0) }
    }

    private func ruling(of question: Question, in questions: Questions) -> Int? {
        if operators.isEmpty { return nil }
        return operators.find(digest: digest(of: questions.text.span.extracting(question.client.indices)).span)
    }

    private func digest(of client: Span<UInt8>) -> [UInt8] {
        let hash = ByteHash.hash(client, seed: ByteHash.seed)
        if let remembered = digests.find(client, hash: hash) { return remembered }
        let digest = Digests.sha256(client)
        digests.insert(digest, for: client, hash: hash)
        return digest
    }
}
