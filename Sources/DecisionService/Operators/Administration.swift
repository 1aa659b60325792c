package import LimitCore

/// What an operator asks about one client, as the transports read it.
package struct AdminRequest: Sendable, Equatable {
    package enum Action: Sendable, Equatable {
        case show
        case change(OperatorChange.Kind)
    }

    /// The client itself, or `sha256:` and the 64 hexadecimal digits of it.
    package var client: String
    package var action: Action
    /// A duration such as `2h` or an RFC 3339 time; empty for no end.
    package var until: String
    /// Who asks, for the log and the document.
    package var by: String

    package init(client: String, action: Action, until: String = "", by: String) {
        self.client = client
        self.action = action
        self.until = until
        self.by = by
    }
}

/// What operators have decided about a client. Times are in microseconds since the Unix epoch.
package struct ClientRecord: Sendable, Equatable {
    package struct Decision: Sendable, Equatable {
        /// `block`, `tier`, `override` or `reset`.
        package var kind: String
        /// Message, tier's name, limit's name; empty for a reset.
        package var text: String
        /// The override's number, the reset's generation; nil for others.
        package var number: Int64?
        package var until: Microseconds?
        package var by: String
        package var at: Microseconds

        package init(
            kind: String,
            text: String,
            number: Int64?,
            until: Microseconds?,
            by: String,
            at: Microseconds
        ) {
            self.kind = kind
            self.text = text
            self.number = number
            self.until = until
            self.by = by
            self.at = at
        }
    }

    /// `sha256:` and 64 hexadecimal digits.
    package var client: String
    /// The tier in force where the call names none; nil for none.
    package var tier: String?
    /// `operator`, `clients`, `default` or `none`.
    package var tierSource: String
    /// By an operator or by the policy.
    package var isBlocked: Bool
    package var decisions: [Decision]

    package init(client: String, tier: String?, tierSource: String, isBlocked: Bool, decisions: [Decision]) {
        self.client = client
        self.tier = tier
        self.tierSource = tierSource
        self.isBlocked = isBlocked
        self.decisions = decisions
    }
}

/// What operators do at run time, for the transports that serve it.
package struct Administration: Sendable {
    /// Carries a request out, on this daemon when it returns and on the others soon after.
    package let perform: @Sendable (AdminRequest) async throws(AdminFailure) -> ClientRecord
    /// Reads the policy again and returns its fingerprint.
    package let reload: @Sendable () async throws(AdminFailure) -> String

    package init(
        perform: @escaping @Sendable (AdminRequest) async throws(AdminFailure) -> ClientRecord,
        reload: @escaping @Sendable () async throws(AdminFailure) -> String
    ) {
        self.perform = perform
        self.reload = reload
    }
}
