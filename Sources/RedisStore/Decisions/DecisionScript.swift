/// The script that decides, as it is embedded in the binary.
package enum DecisionScript {
    /// Its files, one after the other. What only some batches need is not even defined for the others.
    package static let source = [
        text(PackageResources.decide_lua, PackageResources.windows_lua, PackageResources.bucket_lua),
        "if more then",
        text(PackageResources.calendar_lua, PackageResources.entries_lua, PackageResources.log_lua),
        text(PackageResources.slots_lua, PackageResources.leases_lua),
        "end",
        text(PackageResources.runs_lua),
        "if runs_done < run_count then",
        text(PackageResources.checks_lua),
        "end",
        text(PackageResources.reply_lua),
    ].joined(separator: "\n")

    private static func text(_ files: [UInt8]...) -> String {
        files.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
    }
}
