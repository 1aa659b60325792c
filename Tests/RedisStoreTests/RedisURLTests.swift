import RedisStore
import Testing

struct RedisURLTests {
    @Test(arguments: [
        ("redis://localhost", "redis://localhost:6379"),
        ("redis://h:1234/5", "redis://h:1234/5"),
        ("rediss://user:p%40ss@h", "rediss://user:***@h:6379"),
        ("redis://:pass@[::1]:7", "redis://:***@[::1]:7"),
        ("redis+unix:///run/redis.sock?db=2", "redis+unix:///run/redis.sock?db=2"),
        ("redis+sentinel://a,b:1/main/3", "redis+sentinel://a:26379,b:1/main/3"),
        ("rediss+sentinel://u:pw@a/main", "rediss+sentinel://u:***@a:26379/main"),
        ("redis+cluster://a:7000,b:7001", "redis+cluster://a:7000,b:7001"),
    ])
    func `is read and printed without its password`(text: String, printed: String) throws {
        #expect(try RedisURL(text).description == printed)
    }

    @Test func `credentials are decoded`() throws {
        let url = try RedisURL("redis://us%3Aer:p%40ss%2Fw@h")
        #expect(url.user == "us:er" && url.password == "p@ss/w")
    }

    @Test(arguments: [
        "", "localhost:6379", "http://h", "redis://", "redis://:0", "redis://h:70000", "redis://h:x", "redis://h/x",
        "redis://h/1/2", "redis://user@h", "redis://u:p%4@h", "redis+unix://relative", "redis+unix:///s?x=1",
        "redis+sentinel://h", "redis+sentinel://h/", "redis+cluster://h/1", "redis+cluster://h,,i",
    ])
    func `a wrong one is one clear error`(text: String) {
        let error = #expect(throws: StoreError.self) { try RedisURL(text) }
        #expect(error?.code == .settings)
        #expect(error?.message.hasPrefix("the store's URL") == true || error?.message.hasPrefix("a cluster") == true)
    }

    @Test func `a short secret is refused`() throws {
        let settings = RedisSettings(url: try RedisURL("redis://h"), secret: [1, 2, 3])
        #expect(throws: StoreError.self) { try RedisStore(settings) { _ in } }
    }
}
