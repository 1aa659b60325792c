extension Double {
    /// Rounded to so many decimal places, for printing.
    func rounded(toPlaces places: Int) -> Double {
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        return (self * scale).rounded() / scale
    }

    /// A whole number from 0 up with its digits in groups of three: `1,204,311`.
    var grouped: String {
        guard isFinite, self >= 0, self < 1e18 else { return "\(self)" }
        let digits = String(Int64(rounded()))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }
}
