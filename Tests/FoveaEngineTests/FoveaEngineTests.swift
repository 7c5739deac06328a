import Testing
import FoveaEngine
