extension Policy {
    /// What the file alone says of a client: whether it is blocked, and its tier.
    package struct ClientStanding: Sendable, Equatable {
        package var isBlocked: Bool
        /// Nil for a client that has none.
        package var tier: String?
        /// The tier is the client's own, not the default.
        package var isOwnTier: Bool
    }

    /// A client named by its digest is found where the file names it so too.
    package func standing(ofClient client: String) -> ClientStanding {
        let name = Array(client.utf8)
        let entry =
            directory.find(name.span, hash: directory.hash(name.span))
            ?? directory.find(digest: ClientDigest(naming: client).bytes.span)
        let found = entry.map { directory.entries[Int($0)] }
        let tier = found?.tier ?? defaultTier
        return ClientStanding(
            isBlocked: found?.blocked ?? false,
            tier: tier.map { tiers[$0].name },
            isOwnTier: found?.tier != nil
        )
    }
}
