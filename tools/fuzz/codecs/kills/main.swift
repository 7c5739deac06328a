// Writes picture 1 or 2 to a path once, or without a number both in turn for ever: write PATH [1|2].
func picture(_ number: Int) -> Image {
  Image(
    width: 600, height: 400,
    pixels: (0..<600 * 400 * 3).map { UInt8(truncatingIfNeeded: $0 &* $0 >> number) })
}

if CommandLine.arguments.count > 2, let number = Int(CommandLine.arguments[2]) {
  try PNGEncoder.write(picture(number), to: CommandLine.arguments[1], level: 1)
} else {
  let pictures = [picture(1), picture(2)]
  while true {
    for picture in pictures { try PNGEncoder.write(picture, to: CommandLine.arguments[1], level: 1) }
  }
}
