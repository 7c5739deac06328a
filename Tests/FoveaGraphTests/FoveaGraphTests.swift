import Testing
import FoveaGraph
