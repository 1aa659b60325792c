import LimitCore
import LimitPolicy

/// Makes a lane's leases, and tells those it can settle from those it cannot.
struct LeaseIssuer {
    /// Where a lease is settled.
    enum Place {
        case store
        case fallback
        /// In the memory of a daemon that is gone, or of another one.
        case nowhere
    }

    private let settings: LeaseSettings
    private let token: LeaseToken
    private var next = UInt64.random(in: 0 ... .max)

    init(_ settings: LeaseSettings) {
        self.settings = settings
        token = LeaseToken(settings.secrets)
    }

    /// Lanes start anywhere in 2^64, so two leases that live at the same time do not get the same one.
    mutating func nextID() -> UInt64 {
        next &+= 1
        return next
    }

    /// The token of what a check was granted; `isLocal`: in this daemon's memory, while the shared store was out.
    func token(
        for grant: LeaseGrant,
        of batch: CheckBatch,
        _ check: Int,
        by pricer: Pricer,
        isLocal: Bool
    ) -> [UInt8] {
        guard let terms = batch.leases[check] else { preconditionFailure("a lease was granted that was not asked") }
        let parts = batch.held[grant.held].map { granted in
            part(granted.held, of: batch.charges[granted.charge], batch.questions, pricer)
        }
        let isShared = settings.isShared && !isLocal
        return token.seal(
            Lease(
                id: terms.id,
                home: isShared ? .shared : .daemon(settings.daemon),
                expiry: grant.expiry,
                time: terms.time,
                parts: parts
            )
        )
    }

    /// The token of a lease that was kept until `expiry`.
    func token(for lease: Lease, until expiry: Microseconds) -> [UInt8] {
        var lease = lease
        lease.expiry = expiry
        return token.seal(lease)
    }

    func open(_ bytes: [UInt8]) -> Lease? { token.open(bytes) }

    func place(of lease: Lease) -> Place {
        switch lease.home {
        case .shared: settings.isShared ? .store : .nowhere
        case .daemon(settings.daemon): settings.isShared ? .fallback : .store
        case .daemon: .nowhere
        }
    }

    private func part(_ held: HeldCharge, of charge: Charge, _ questions: Questions, _ pricer: Pricer) -> Lease.Part {
        // A cost that the caller gave with its limit is not what the usage says.
        let hasOwnCost = charge.source < 0 && questions.inlineLimits[-1 - Int(charge.source)].cost > 0
        return Lease.Part(
            unit: hasOwnCost ? "" : pricer.limitUnit(charge.source, of: questions),
            times: charge.cost > 0 ? max(1, held.amount / charge.cost) : 1,
            held: held
        )
    }
}
