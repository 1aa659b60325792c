/// Everything a store needs to know to start.
package struct RedisSettings: Sendable {
    package var url: RedisURL
    /// What all keys start with; daemons that share limits share it.
    package var prefix = "hg"
    /// The deployment's secret, at least 16 bytes and the same on every daemon: keys are hashed with it.
    package var secret: [UInt8]
    /// Files in PEM: whom to trust instead of the system's list, and this daemon's own certificate and key.
    package var authorityFile: String?
    package var certificateFile: String?
    package var keyFile: String?
    /// How the sentinels know this daemon, where they ask for it; the URL's user and password are for the master.
    package var sentinelUser: String?
    package var sentinelPassword: String?
    /// The longest a check waits for the store, in us. It also waits no longer than half of its caller's time.
    package var budget: Int64 = 25_000
    package var connectTimeout: Int64 = 500_000
    /// The most bytes a reply may have.
    package var replyLimit = 1 << 20
    /// Answer a question that was just refused again from memory, until it could be admitted or for a second.
    package var remembersRefusals = true

    package init(url: RedisURL, secret: [UInt8]) {
        self.url = url
        self.secret = secret
    }
}
