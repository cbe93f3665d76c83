import { views } from '#support/site/browser'
import { pagesSuite } from '../suites/pages-suite.js'

pagesSuite(views.desktopLight)
