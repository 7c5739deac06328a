// FoveaEngine
