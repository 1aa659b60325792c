/// The script that decides, as it is embedded in the binary.
package enum DecisionScript {
    /// Its files, one after the other.
    package static let source = [
        PackageResources.decide_lua, PackageResources.windows_lua, PackageResources.bucket_lua,
        PackageResources.entries_lua, PackageResources.log_lua, PackageResources.slots_lua,
        PackageResources.leases_lua, PackageResources.checks_lua,
    ].map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
}
