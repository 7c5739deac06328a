import CFoveaKernels
import FoveaGraph
import Synchronization

/// Runs a graph on the CPU: planned once for a size of input, then without allocating but for the answer.
///
/// It may be shared by several tasks: what they ask for runs one after the other, each on all threads.
/// Results are the same bits for any number of threads, and whether rows are given at once or one by one.
public final class Engine: Sendable {
  /// The model that it runs.
  public let graph: Graph
  /// The instruction set of its kernels.
  public let instructionSet: InstructionSet
  /// What the elements of maps are inside.
  public let precision: Precision
  /// Threads at work, the caller's among them.
  public var threads: Int { pool.count }

  let cache: WeightCache
  /// The kernels for what is read in float32, whatever the precision is.
  let floatKernels: KernelTable
  let pool: ThreadPool
  let isFusing: Bool
  let stripBudget: Int
  let largeMap: Int
  let memoryLimit: Int
  let poisonsMemory: Bool
  let unseenReads: Set<String>
  let state = Mutex(State())

  /// What a plan is made for.
  struct Key: Hashable {
    var inputs: [Shape]
    var outputs: [Value]
    var flow = RowFlow.whole
  }

  struct State {
    var plans = KeptPlans()
    /// The memory of the last plan that ran; another plan's takes its place.
    var workspace: (key: Key, workspace: Workspace)?
  }

  /// An engine for a graph with the parameters of a checkpoint, which are read when they are first needed.
  ///
  /// Throws an `EngineError` where the instruction set or the precision is not to be had. O(1).
  public init(
    graph: Graph, parameters: some ParameterSource, options: EngineOptions = .init()
  ) throws(EngineError) {
    let kernels = try KernelTable(options.instructionSet, precision: options.precision)
    self.graph = graph
    instructionSet = kernels.instructionSet
    floatKernels = try KernelTable(kernels.instructionSet, precision: .float32)
    precision = options.precision
    isFusing = options.fusesOperations
    stripBudget = options.stripBudget ?? Machine.current.secondLevelCache / 2
    largeMap = options.largeMap ?? 64 << 20
    memoryLimit = options.memoryLimit
    poisonsMemory = options.poisonsMemory
    unseenReads = options.unseenReads
    cache = WeightCache(source: parameters, kernels: kernels)
    pool = ThreadPool(threads: max(1, options.threads ?? Machine.current.processors))
  }

  /// The maps of some values of the graph, for its inputs in `graph.inputs`' order.
  ///
  /// The first call at a size plans and packs; later ones only run. Throws a `ShapeError` where the inputs do
  /// not fit, `EngineError.outOfMemory`, and what the parameter source throws.
  public func run(_ inputs: [FeatureMap], outputs: [Value]) throws -> [FeatureMap] {
    let key = Key(inputs: inputs.map(\.shape), outputs: outputs)
    return try state.withLock { state in
      let (plan, workspace, execution) = try prepare(key, &state)
      return plan.withInputs(inputs, workspace, execution) {
        plan.run(execution)
        return plan.ends.outputs.map { execution.load($0) }
      }
    }
  }

  /// Bytes of maps, scratch and tables that a run takes, known before anything runs; weights are not counted.
  ///
  /// Throws a `ShapeError` where the inputs do not fit, and what the parameter source throws.
  public func peakMemory(inputs: [Shape], outputs: [Value], flow: RowFlow = .whole) throws -> Int {
    let key = Key(inputs: inputs, outputs: outputs, flow: flow)
    let plan = try state.withLock { try self.plan(key, &$0) }
    return plan.byteCount(threads: threads)
  }
}

extension Engine {
  /// What a run would take.
  package struct MemoryNeed {
    /// Bytes of maps, scratch, tables and the packed weights.
    package let whole: Int
    /// Those that the system is yet to give for it, copies of the results among them.
    package let further: Int
  }

  /// What a run would take; otherwise as `peakMemory`.
  package func memoryNeed(inputs: [Shape], outputs: [Value], flow: RowFlow) throws -> MemoryNeed {
    let key = Key(inputs: inputs, outputs: outputs, flow: flow)
    return try state.withLock { state in
      let plan = try self.plan(key, &state)
      let isReady = state.workspace?.key == key
      let results = flow == .whole ? plan.ends.outputs.map(\.shape.elements).reduce(0, +) : 0
      return MemoryNeed(
        whole: plan.byteCount(threads: threads) + cache.byteCount,
        further: (isReady ? 0 : plan.runBytes(threads: threads)) + results * MemoryLayout<Float>.size)
    }
  }

  /// Bytes that stay between runs: packed weights, the tables of all plans that are kept, and the memory of the last
  /// that ran.
  package var residentBytes: Int {
    state.withLock { state in
      cache.byteCount + state.plans.tableBytes + (state.workspace?.workspace.byteCount ?? 0)
    }
  }

  func prepare(
    _ key: Key, _ state: inout State
  ) throws -> (plan: Plan, workspace: Workspace, execution: Execution) {
    let plan = try self.plan(key, &state)
    let workspace = try self.workspace(plan, key, &state)
    let execution = Execution(
      regions: UnsafePointer(workspace.regions), scratch: workspace.scratch.base,
      scratchStride: plan.scratchStride, kernels: cache.kernels.pointer, pool: pool,
      elementSize: precision.elementSize, poisonsMemory: poisonsMemory)
    if poisonsMemory { workspace.poison() }
    return (plan, workspace, execution)
  }

  func plan(_ key: Key, _ state: inout State) throws -> Plan {
    if let known = state.plans[key] { return known }
    // what another size ran in is given back before this one takes anything
    state.workspace = nil
    state.plans.makeRoom(limit: memoryLimit - cache.byteCount, threads: threads)
    let settings = settings(key)
    let program = try Program(
      lowering: graph, inputs: key.inputs, outputs: key.outputs, settings.lowering)
    let schedule = Schedule(program, settings)
    program.packWeights(into: cache, pool)
    let plan = try Plan(layingOut: schedule, of: program, weights: cache, settings)
    state.plans.keep(plan, for: key, limit: memoryLimit - cache.byteCount, threads: threads)
    return plan
  }

  func settings(_ key: Key) -> PlanSettings {
    PlanSettings(
      threads: threads, elementSize: precision.elementSize, fusesOperations: isFusing,
      stripBudget: stripBudget, largeMap: largeMap, unseenReads: unseenReads, flow: key.flow)
  }

  private func workspace(_ plan: Plan, _ key: Key, _ state: inout State) throws(EngineError) -> Workspace {
    if let known = state.workspace, known.key == key { return known.workspace }
    state.workspace = nil
    let made = try Workspace(plan, threads: threads)
    state.workspace = (key, made)
    return made
  }
}
