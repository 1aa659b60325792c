/// The version that the daemon and the command tell.
package enum HeadgateVersion {
    package static let current = "0.1.0"
}
