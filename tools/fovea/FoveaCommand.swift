@main struct FoveaCommand { static func main() {} }
