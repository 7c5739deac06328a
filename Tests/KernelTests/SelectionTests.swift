import CFoveaKernels
import Testing

@Suite struct SelectionTests {
  private func best(_ change: (inout fovea_machine) -> Void) -> fovea_isa {
    var machine = fovea_machine()
    change(&machine)
    return fovea_isa_best(&machine)
  }

  private func full(_ machine: inout fovea_machine) {
    machine.avx2_fma = true
    machine.avx512 = true
    machine.avx512_bf16 = true
    machine.amx_bf16 = true
  }

  @Test("A machine gets the best instruction set that it has whole")
  func bestOfPretendMachines() {
    #expect(best { _ in } == FOVEA_ISA_SCALAR)
    #expect(best { $0.neon = true } == FOVEA_ISA_NEON)
    #expect(best { $0.avx2_fma = true } == FOVEA_ISA_AVX2)
    #expect(
      best {
        full(&$0); $0.amx_bf16 = false; $0.avx512_bf16 = false
      } == FOVEA_ISA_AVX512)
    #expect(
      best {
        full(&$0); $0.amx_bf16 = false
      } == FOVEA_ISA_AVX512BF16)
    #expect(best { full(&$0) } == FOVEA_ISA_AMX)
  }

  @Test("A set whose foundation is missing is not chosen")
  func incompleteMachines() {
    #expect(
      best {
        full(&$0); $0.avx2_fma = false
      } == FOVEA_ISA_SCALAR)
    #expect(
      best {
        full(&$0); $0.avx512 = false
      } == FOVEA_ISA_AVX2)
    #expect(
      best {
        full(&$0); $0.avx512_bf16 = false
      } == FOVEA_ISA_AVX512)
  }

  @Test("Every supported set has kernels at both precisions, its own or the best below it")
  func tables() throws {
    var machine = fovea_machine_detect()
    for isa in 0..<FOVEA_ISA_COUNT.rawValue where fovea_isa_supported(fovea_isa(isa), &machine) {
      for precision in [FOVEA_FLOAT32, FOVEA_BFLOAT16] {
        let kernels = try #require(fovea_kernels_for(fovea_isa(isa), precision)).pointee
        #expect(kernels.isa.rawValue <= isa)
        #expect(kernels.precision == precision)
        #expect(kernels.depth_granularity >= 1)
      }
    }
  }

  @Test("Sets are named as the environment names them")
  func names() {
    let names = (0...FOVEA_ISA_COUNT.rawValue).map {
      fovea_isa_name(fovea_isa($0)).map { String(cString: $0) }
    }
    #expect(names == ["scalar", "neon", "avx2", "avx512", "avx512bf16", "amx", "unknown"])
  }

  @Test("This machine says what it is, and what its caches hold")
  func detection() {
    let machine = fovea_machine_detect()
    let model = withUnsafeBytes(of: machine.model) { $0.prefix { $0 != 0 }.count }
    #expect(model > 0)
    #expect(machine.l1_bytes <= machine.l2_bytes)
    #if arch(arm64)
      #expect(machine.neon)
    #else
      #expect(!machine.neon)
    #endif
  }
}
